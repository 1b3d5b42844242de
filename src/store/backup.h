// SPDX-License-Identifier: GPL-3.0-or-later
/* backup.h - the whole database in one file, made while it is in use. docs/backup.md.
 *
 * A backup is an SQLite database with one table more, `backup`, that says what it is and may
 * hold the key file, and behind its last page a line with a digest of all bytes before. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum {
    BACKUP_KEYS_SIZE = 4096 /* room for the text of a key file */
};

struct backup_info {
    int64_t schema; /* version of the tables */
    int64_t seq;    /* of the newest change in it */
    int64_t time_s; /* when it was made */
    bool has_keys;
};

struct backup_order {
    const char *database; /* path */
    const char *path;     /* of the backup; what stands there goes, and nobody else may
                           * make or remove it meanwhile */
    struct str keys;      /* text of the key file; empty: without */
    int64_t now_s;
    /* Asked now and then, from the same thread. */
    bool (*go_on)(void *ctx);
    void *ctx;
};

/* Reads the database by a connection of its own, as one view, and leaves the backup synced,
 * with mode 0600. For any thread. ERR_BUSY: go_on() said no. ERR_IO. Nothing is left after a
 * failure. */
MUST_CHECK enum status backup_make(const struct backup_order *order,
                                   struct backup_info *out, struct error *err);

/* Removes a backup and what SQLite may have left beside it. */
void backup_remove(const char *path);
/* Removes the backups of this database, by their names (base/backup_name.h), that a process
 * which ended too early left beside it. Only while no backup is wanted. */
void backup_remove_left(const char *database);

/* Makes of the backup that is read from `fd` the new database `path`, which nobody has open, after everything
 * about it was checked: the digest, every page, every reference, that its schema is not newer
 * than ours. The text of its key file goes to `keys`, and none of it stays in the database. The database is of the backup's
 * schema, and synced. ERR_SYNTAX: no backup. ERR_CONFLICT: damaged, or of a newer program.
 * ERR_IO. Nothing is left after a failure. */
MUST_CHECK enum status backup_unpack(int fd, const char *path, struct backup_info *out,
                                     struct buf *keys, struct error *err);
