// SPDX-License-Identifier: GPL-3.0-or-later
/* folder.h - makes folders before anything runs, each for the user that writes there.
 *
 * `apart` means that this process is root, and gives folders to other users. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct folder {
    const char *path;
    mode_t mode;
    uid_t uid; /* its owner, if `apart` */
    gid_t gid; /* its group, if `apart` */
};

/* Makes the folder if it is missing, with this mode whatever the umask. A folder that exists stays
 * as it is. ERR_IO. */
MUST_CHECK enum status folder_make(const struct folder *folder, bool apart,
                                   struct error *err);

/* Makes a folder within one to which only root or our own user can write. If it exists, it has to
 * belong to its owner. If `apart` and it does not, the files `names` (ends with NULL) are removed
 * from it, and it is given to its owner. ERR_DENIED: it belongs to another user. ERR_IO. */
MUST_CHECK enum status folder_make_own(const struct folder *folder, bool apart,
                                       const char *const *names, struct error *err);

/* For root: if the folder belongs to folder->uid and others can write to it, sets its mode, owner
 * and group. Leaves anything else as it is, for folder_guard() to refuse. ERR_IO. */
MUST_CHECK enum status folder_close(const struct folder *folder, struct error *err);

/* Waits until no other process has the folder locked, and locks it until *fd_out is closed. ERR_IO. */
MUST_CHECK enum status folder_lock(const char *path, int *fd_out, struct error *err);

/* Refuses a folder, or what takes its place, to which others than root and our own user can write.
 * ERR_DENIED, ERR_IO. */
MUST_CHECK enum status folder_guard(const char *path, struct error *err);

/* Whether a file, or a folder, is the user's, who alone may have written it. It may be missing.
 * ERR_DENIED. */
MUST_CHECK enum status folder_expect_owner(const char *path, uid_t uid, const char *user,
                                           struct error *err);
