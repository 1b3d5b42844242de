// SPDX-License-Identifier: GPL-3.0-or-later
/* replacement.h - another database takes the place of the one that is there. docs/backup.md.
 *
 * replacement_begin() keeps every writer away. The caller then makes the new database under the
 * path `fresh`, and closes it. replacement_finish() puts it in place; its steps are renames. A
 * process that dies before them leaves the present database. One that dies between them leaves
 * no database, and replacement_was_cut() finds that. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

enum {
    REPLACEMENT_PATH_SIZE = 4096
};

struct replacement {
    const char *path;                  /* of the database; lent */
    char fresh[REPLACEMENT_PATH_SIZE]; /* the new one is made here, */
    char aside[REPLACEMENT_PATH_SIZE]; /* and the present one is kept here */
    uid_t uid;                         /* the user of the service */
    gid_t gid;
    int lock; /* -1: not begun */
};

/* The caller ends it with replacement_end(), also after a failure. ERR_BUSY: a writer has the
 * database. ERR_LIMIT: the path is too long. ERR_IO. */
MUST_CHECK enum status replacement_begin(const char *path, int64_t now_s,
                                         struct replacement *out, struct error *err);
/* Gives a file to the owner of the database, or of its folder if there is no database. Does nothing
 * unless we are root. ERR_IO. */
MUST_CHECK enum status replacement_give(const struct replacement *replacement,
                                        const char *path, struct error *err);
/* The new database is in place and on the disk. ERR_IO. */
MUST_CHECK enum status replacement_finish(const struct replacement *replacement,
                                          struct error *err);
/* Removes a new database that did not come to its place, and lets writers in again. */
void replacement_end(struct replacement *replacement);

/* Whether the database `path` is missing because a replacement was interrupted; `err` then names
 * the file that it left. An empty database in its place would hide that. */
bool replacement_was_cut(const char *path, struct error *err);
