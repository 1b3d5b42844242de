// SPDX-License-Identifier: GPL-3.0-or-later
/* backup.h - the whole database in one file, made while the database is in use. docs/backup.md.
 *
 * A backup is an SQLite database with one more table, `backup`, which describes it and may hold
 * the key file. After its last page stands a line with a digest of all bytes before it. */
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
    /* Of the backup. A file that is there is replaced. Nobody else may make or remove it
     * meanwhile. */
    const char *path;
    struct str keys; /* text of the key file; empty: without it */
    int64_t now_s;
    /* Asked now and then whether to go on, from the same thread. */
    bool (*go_on)(void *ctx);
    void *ctx;
};

/* Reads the database through a connection of its own, as one view. The backup is synced and has
 * mode 0600. For any thread. ERR_BUSY: go_on() said no. ERR_IO. A failure leaves no file. */
MUST_CHECK enum status backup_make(const struct backup_order *order,
                                   struct backup_info *out, struct error *err);

/* Removes a backup and what the database library may have left beside it. */
void backup_remove(const char *path);
/* Removes the backups of this database, by their names (base/backup_name.h), that a process
 * which ended too early left beside it. Only while no backup is wanted. */
void backup_remove_left(const char *database);

/* Makes the new database `path`, which nobody has open, from the backup that is read from `fd`.
 * First it checks everything: the digest, every page, every reference, and that the schema is not
 * newer than ours. The text of the key file goes to `keys`; nothing of it stays in the database.
 * The database is synced, and has the schema of the backup. ERR_SYNTAX: not a backup.
 * ERR_CONFLICT: damaged, or made by a newer program. ERR_IO. A failure leaves no file. */
MUST_CHECK enum status backup_unpack(int fd, const char *path, struct backup_info *out,
                                     struct buf *keys, struct error *err);
