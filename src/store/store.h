// SPDX-License-Identifier: GPL-3.0-or-later
/* store.h - the only door to the database: connections, transactions, settings.
 *
 * A `struct store` is one connection, for one thread at a time. Exactly one connection in
 * the whole system writes and checkpoints (STORE_WRITER, guarded by a lock file beside the
 * database); all others read only and never checkpoint: SQLite before 3.51.3 can corrupt its
 * WAL when two connections do. Statements are prepared once per connection.
 *
 * Rows are plain structs (rows.h). Calls that look up one row return ERR_NOT_FOUND when
 * there is none; any call may return ERR_IO. Writing calls must stand between store_begin()
 * and store_commit(); else they fail with ERR_IO. ERR_CONFLICT, where a call does not say
 * what it means, is a row that refers to one that is not there. The callback of a list may
 * make any call, but not write to the table that is listed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct store;

enum store_mode {
    STORE_CREATE, /* a writer that makes the database if it is missing: setting up alone */
    STORE_WRITER,
    STORE_READER
};

/* `path` is the database file. All but STORE_CREATE need it to be there, with tables
 * (ERR_NOT_FOUND): a disk that is not mounted must not look like a service without hosts. A
 * writer brings its schema up to date, each step in a transaction of its own, and syncs
 * what a writer before it may have left half-way to the disk: what it reads is durable. On
 * failure *out is untouched.
 * ERR_BUSY: another writer has it. ERR_CONFLICT: its schema is newer than ours (a writer),
 * or not ours (a reader). ERR_IO. */
MUST_CHECK enum status store_open(const char *path, enum store_mode mode,
                                  struct store **out, struct error *err);
void store_close(struct store *store);
CLEANER(store_close, struct store *)

/* A transaction. A writer's takes the write lock at once; a reader's is one unchanging view
 * of the data. */
MUST_CHECK enum status store_begin(struct store *store, struct error *err);
/* After a failure the transaction is rolled back and whether it reached the disk is not
 * known: the caller must not go on with this process. */
MUST_CHECK enum status store_commit(struct store *store, struct error *err);
void store_rollback(struct store *store);

/* One level within a transaction, so that one change of a batch can fail alone. */
MUST_CHECK enum status store_savepoint(struct store *store, struct error *err);
MUST_CHECK enum status store_release(struct store *store, struct error *err);
/* Undoes what came since store_savepoint(). */
MUST_CHECK enum status store_undo(struct store *store, struct error *err);

/* Moves committed pages from the WAL to the database as far as no reader is in the way,
 * when the WAL has grown past some 16 MiB. For the writer, between transactions. */
MUST_CHECK enum status store_checkpoint(struct store *store, struct error *err);

/* Moves the whole log to the database and does away with it, so that the file alone is all.
 * For a writer of a file that nobody else has open, before store_close(). */
MUST_CHECK enum status store_stand_alone(struct store *store, struct error *err);

/* The newest committed `seq` of the changes table; 0 when there is none. */
MUST_CHECK enum status store_newest_seq(struct store *store, int64_t *out,
                                        struct error *err);
/* Reads every page and checks foreign keys. ERR_CONFLICT: `err` says what is wrong. */
MUST_CHECK enum status store_check(struct store *store, struct error *err);

/* Settings: short texts by name. ERR_NOT_FOUND. */
MUST_CHECK enum status store_setting_get(struct store *store, const char *name,
                                         struct buf *out, struct error *err);
MUST_CHECK enum status store_setting_put(struct store *store, const char *name,
                                         struct str value, struct error *err);
