// SPDX-License-Identifier: GPL-3.0-or-later
/* folder.h - folders that are made before anything runs, each for who writes there. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct folder {
    const char *path;
    mode_t mode;
    uid_t uid; /* whose it becomes, */
    gid_t gid; /* this too: when `apart` */
};

/* Makes it where it is missing, and then as it shall be, whatever the umask. What is there
 * already stays as it is. `apart`: we are root and give it away. ERR_IO. */
MUST_CHECK enum status folder_make(const struct folder *folder, bool apart,
                                   struct error *err);

/* The same for one in a folder into which only root, or our own user, writes; what is there has to
 * be its owner's. When `apart`, what another user has left there is removed (`names`, which ends with NULL) and
 * the folder given to the new one. ERR_DENIED: it is somebody else's. */
MUST_CHECK enum status folder_make_own(const struct folder *folder, bool apart,
                                       const char *const *names, struct error *err);

/* For root: his own folder into which others can write becomes as it shall be. What is no folder or
 * another's stays, for folder_guard() to refuse. ERR_IO. */
MUST_CHECK enum status folder_close(const struct folder *folder, struct error *err);

/* Refuses a folder, or what stands in for one, into which others than root and our own user
 * can put something. ERR_DENIED. */
MUST_CHECK enum status folder_guard(const char *path, struct error *err);
