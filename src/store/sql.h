// SPDX-License-Identifier: GPL-3.0-or-later
/* sql.h - what the tables need of a database: the door behind which a driver stands.
 *
 * sqlite.c is the driver. Everything above it speaks plain SQL that other databases take
 * too: parameters are $1, $2, ... in the order of their use, rows that were made are told by
 * RETURNING. A run of a statement:
 *
 *     CLEANUP(sql_done) struct sql_query query = sql_start(sql, find_text);
 *     sql_put_int(&query, id);
 *     enum status status = sql_next(&query, err);
 *     if (status)
 *         return status;
 *     out->count = sql_get_int(&query);
 *     return sql_intact(&query, err);
 *
 * Parameters are put, and columns got, from the first to the last. A statement is prepared
 * at its first use and kept with the connection, found again by the address of its text:
 * only texts that live as long as the connection are allowed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct sql;
struct sql_statement;

enum sql_mode {
    SQL_READER,
    SQL_WRITER,
    SQL_MAKER /* a writer who makes the database when it is not there */
};

/* The caller sees to it that there is only one writer. ERR_NOT_FOUND: it is not there. ERR_IO. */
MUST_CHECK enum status sql_open(const char *path, enum sql_mode mode, struct sql **out,
                                struct error *err);
void sql_close(struct sql *sql);
CLEANER(sql_close, struct sql *)

/* A writer's transaction takes the write lock, a reader's its view, at once. */
MUST_CHECK enum status sql_begin(struct sql *sql, struct error *err);
/* On failure the transaction is rolled back. */
MUST_CHECK enum status sql_commit(struct sql *sql, struct error *err);
void sql_rollback(struct sql *sql);
/* False also when the database has given the transaction up after a failure. */
bool sql_in_transaction(const struct sql *sql);

/* Runs a text of several statements; within a transaction. */
MUST_CHECK enum status sql_script(struct sql *sql, const char *text, struct error *err);
/* Whether there is a table of this name; NULL: any table. */
MUST_CHECK enum status sql_has_table(struct sql *sql, const char *name, bool *out,
                                     struct error *err);
/* Moves the log into the database file, or at least syncs it, where a reader with an older view
 * is in the way. For a new writer: its predecessor may have died between writing and syncing,
 * and what is read by now has to be on the disk before anybody is told of it. */
MUST_CHECK enum status sql_settle(struct sql *sql, struct error *err);
/* Moves the log into the database file when it has grown past some 16 MiB. */
MUST_CHECK enum status sql_checkpoint(struct sql *sql, struct error *err);
/* Copies what the transaction of a reader sees, page by page, to the new file `path` of mode
 * 0600. Between the pages `go_on` is asked now and then. ERR_BUSY: it said no. What was begun
 * is removed after a failure. The copy is on the disk only when its owner has synced it. */
MUST_CHECK enum status sql_copy(struct sql *sql, const char *path,
                                bool (*go_on)(void *ctx), void *ctx, struct error *err);
/* Moves the log into the database file and does away with it: the file alone is the whole. For
 * the writer of a file that nobody else has open. */
MUST_CHECK enum status sql_stand_alone(struct sql *sql, struct error *err);
/* From now on what is deleted is overwritten, too. */
MUST_CHECK enum status sql_wipe_deleted(struct sql *sql, struct error *err);
/* ERR_CONFLICT: something is damaged. */
MUST_CHECK enum status sql_check(struct sql *sql, struct error *err);

/* One run of a statement. */
struct sql_query {
    struct sql *sql;
    struct sql_statement *statement; /* NULL: it could not be prepared */
    int next;                        /* parameters put, then columns got */
    bool running;
    bool failed;  /* a parameter was not taken */
    bool damaged; /* a column held what it may not; set by who reads it */
};

/* A failure shows at sql_next() or sql_run(). */
struct sql_query sql_start(struct sql *sql, const char *text);
void sql_done(struct sql_query *query); /* for CLEANUP */

/* Bytes are not copied: they must stay until sql_done(). */
void sql_put_int(struct sql_query *query, int64_t value);
void sql_put_text(struct sql_query *query, struct str value);
void sql_put_blob(struct sql_query *query, struct str value);
void sql_put_null(struct sql_query *query);

/* The next row. ERR_NOT_FOUND: there is none (`err` is left alone). ERR_EXISTS: a row with that key is there.
 * ERR_CONFLICT: a reference to or from another row would break. ERR_IO. */
MUST_CHECK enum status sql_next(struct sql_query *query, struct error *err);
/* Runs a statement that gives no rows. */
MUST_CHECK enum status sql_run(struct sql_query *query, struct error *err);
/* The same; ERR_NOT_FOUND: it touched no row. */
MUST_CHECK enum status sql_run_on_rows(struct sql_query *query, struct error *err);
/* Rows that the last sql_run() touched. */
int64_t sql_touched(const struct sql_query *query);

/* NULL gives 0 or nothing. Bytes are borrowed until the next sql_next() or sql_done(). */
int64_t sql_get_int(struct sql_query *query);
struct str sql_get_bytes(struct sql_query *query);

/* After the columns were got: ERR_IO when one of them was damaged. */
MUST_CHECK enum status sql_intact(const struct sql_query *query, struct error *err);
