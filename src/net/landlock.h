// SPDX-License-Identifier: GPL-3.0-or-later
/* landlock.h - limits which files a process can reach, and keeps it from making TCP connections,
 * by Linux's Landlock, as far as the kernel has it.
 *
 * Open files stay open. Nothing can widen the limits later. If another folder takes the place of an
 * allowed one, it is out of reach. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Each row allows all that the rows above it allow. */
enum landlock_access {
    LANDLOCK_READ,          /* read files, list folders */
    LANDLOCK_WRITE,         /* make, write, rename and remove files */
    LANDLOCK_WRITE_SOCKETS, /* make Unix sockets */
};

/* One file, or a folder with everything below it. */
struct landlock_path {
    const char *path;
    enum landlock_access access;
};

/* The version of Landlock in this kernel, from 1 on. 0: it has none. */
int landlock_version(void);

/* What a version of Landlock can deny. landlock_limit() denies all of it, except for its paths. */
struct landlock_denied {
    uint64_t files;   /* ways to access files */
    uint64_t network; /* to bind and connect by TCP; from version 4 on */
    uint64_t scope;   /* others' abstract sockets and signals; from version 6 on */
};
/* Pure. */
struct landlock_denied landlock_denied_by(int version);

/* Denies this process everything except the paths, and with `may_connect` TCP connections to others,
 * for good. Threads that already run are not limited. A path that does not exist is left out. Call
 * it only after the right to new privileges is given up (privileges.h). ERR_NOT_FOUND: the kernel
 * has no Landlock. ERR_IO. */
MUST_CHECK enum status landlock_limit(const struct landlock_path *paths, size_t count,
                                      bool may_connect, struct error *err);
