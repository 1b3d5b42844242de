// SPDX-License-Identifier: GPL-3.0-or-later
/* store.h - the only door to the database: connections, transactions, settings.
 *
 * A `struct store` is one connection, for one thread at a time. Exactly one connection in the
 * whole system writes and checkpoints (STORE_WRITER, guarded by a lock). All others only read:
 * SQLite before 3.51.3 can corrupt its log when two connections write or checkpoint. Statements
 * are prepared once per connection.
 *
 * Rows are plain structs (rows.h). A call that looks up one row returns ERR_NOT_FOUND when there
 * is none; any call may return ERR_IO. Writing calls must stand between store_begin() and
 * store_commit(), or they fail with ERR_IO. Where a call does not say what ERR_CONFLICT means, a
 * row refers to one that is missing. The callback of a list may make any call, except that it
 * must not write to the listed table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct store;

enum store_mode {
    STORE_CREATE, /* a writer that makes the database if it is missing; only for setting up */
    STORE_WRITER,
    STORE_READER
};

/* `path` names the database (files.h). Except for STORE_CREATE it must be there and have tables
 * (ERR_NOT_FOUND): a disk that is not mounted must not look like a service without hosts. A
 * writer brings the schema up to date, each step in a transaction of its own. It also syncs what
 * an earlier writer may have left half-way to the disk, so that what it reads is durable. On
 * failure *out is untouched.
 * ERR_BUSY: another writer has the database. ERR_CONFLICT: the schema is newer than ours (for a
 * writer), or not ours (for a reader). ERR_IO. */
MUST_CHECK enum status store_open(const char *path, enum store_mode mode,
                                  struct store **out, struct error *err);
void store_close(struct store *store);
CLEANER(store_close, struct store *)

/* A writer's transaction takes the write lock at once. A reader's is one unchanging view of the
 * data. */
MUST_CHECK enum status store_begin(struct store *store, struct error *err);
/* After a failure the transaction is rolled back, and nobody knows whether it reached the disk:
 * the caller must end this process. */
MUST_CHECK enum status store_commit(struct store *store, struct error *err);
void store_rollback(struct store *store);

/* A level within a transaction, so that one change of a batch can fail alone. There is only
 * one. */
MUST_CHECK enum status store_savepoint(struct store *store, struct error *err);
MUST_CHECK enum status store_release(struct store *store, struct error *err);
/* Undoes everything since store_savepoint(). */
MUST_CHECK enum status store_undo(struct store *store, struct error *err);

/* Moves committed pages from the log to the database when the log has grown past some 16 MiB,
 * as far as no reader is in the way. For the writer, between transactions. */
MUST_CHECK enum status store_checkpoint(struct store *store, struct error *err);

/* Moves the whole log to the database and removes it, so that one file is the whole database.
 * For the writer of a database that nobody else has open, just before store_close(). */
MUST_CHECK enum status store_stand_alone(struct store *store, struct error *err);

/* The newest committed `seq` of the changes table; 0 when there is none. */
MUST_CHECK enum status store_newest_seq(struct store *store, int64_t *out,
                                        struct error *err);
/* Reads every page and checks every reference. ERR_CONFLICT: `err` says what is wrong. */
MUST_CHECK enum status store_check(struct store *store, struct error *err);

/* Settings: short texts by name. ERR_NOT_FOUND. */
MUST_CHECK enum status store_setting_get(struct store *store, const char *name,
                                         struct buf *out, struct error *err);
MUST_CHECK enum status store_setting_put(struct store *store, const char *name,
                                         struct str value, struct error *err);
