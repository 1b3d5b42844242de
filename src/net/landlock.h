// SPDX-License-Identifier: GPL-3.0-or-later
/* landlock.h - which files a process may still reach, and that it makes no TCP connection:
 * Linux's Landlock, as far as the kernel has it.
 *
 * What is open stays open. Nothing widens the bounds later: a folder that is put in the place of
 * one of these is another one, and out of reach. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum landlock_access {
    LANDLOCK_READ,          /* files are read, folders listed */
    LANDLOCK_WRITE,         /* files are made, written, renamed and removed, too */
    LANDLOCK_WRITE_SOCKETS, /* and Unix sockets */
};

/* A folder with all beneath it, or one file. */
struct landlock_path {
    const char *path;
    enum landlock_access access;
};

/* What the kernel offers: 1 and up; 0: nothing. */
int landlock_version(void);

/* What a version of the kernel's Landlock can deny; all of it is, but for what a path above
 * allows. Pure. */
struct landlock_denied {
    uint64_t files;   /* ways of access to files */
    uint64_t network; /* to bind and connect by TCP; from version 4 on */
    uint64_t scope;   /* abstract sockets and signals of others; from version 6 on */
};
struct landlock_denied landlock_denied_by(int version);

/* Denies this process all but the paths, for good; threads that run already stay as they are. What
 * is not there is left out. Without the right to new privileges only (privileges.h).
 * ERR_NOT_FOUND: the kernel has no Landlock. ERR_IO. */
MUST_CHECK enum status landlock_limit(const struct landlock_path *paths, size_t count,
                                      struct error *err);
