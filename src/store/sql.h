// SPDX-License-Identifier: GPL-3.0-or-later
/* sql.h - what the tables need of a database. A driver (sql_driver.h) stands behind it.
 *
 * Everything above speaks plain SQL that other databases accept too: parameters are $1, $2, ...
 * in the order of their use, and RETURNING gives the ids of new rows. A run of a statement:
 *
 *     CLEANUP(sql_done) struct sql_query query = sql_start(sql, find_text);
 *     sql_put_int(&query, id);
 *     enum status status = sql_next(&query, err);
 *     if (status)
 *         return status;
 *     out->count = sql_get_int(&query);
 *     return sql_intact(&query, err);
 *
 * Parameters are put, and columns got, from the first to the last. A statement is prepared at
 * its first use and kept with the connection. The address of its text is its key, so a text
 * must live as long as the connection. */
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
    SQL_MAKER /* a writer that makes the database when it is missing */
};

/* `path` names the database: a file of SQLite's. The caller makes sure that there is only one
 * writer. ERR_NOT_FOUND: there is no such database. ERR_IO. */
MUST_CHECK enum status sql_open(const char *path, enum sql_mode mode, struct sql **out,
                                struct error *err);
void sql_close(struct sql *sql);
CLEANER(sql_close, struct sql *)

/* A writer's transaction takes the write lock at once, a reader's fixes its view at once. */
MUST_CHECK enum status sql_begin(struct sql *sql, struct error *err);
/* On failure the transaction is rolled back, and whether it reached the disk is not known. */
MUST_CHECK enum status sql_commit(struct sql *sql, struct error *err);
void sql_rollback(struct sql *sql);
/* Also false when the database itself has ended the transaction after a failure. */
bool sql_in_transaction(const struct sql *sql);

/* Runs a text of several statements; within a transaction. */
MUST_CHECK enum status sql_script(struct sql *sql, const char *text, struct error *err);
/* Whether there is a table of this name; NULL: any table. */
MUST_CHECK enum status sql_has_table(struct sql *sql, const char *name, bool *out,
                                     struct error *err);
/* Makes sure that what this writer reads is on the disk: a writer before it may have died
 * between writing and syncing, and what could still be lost may not be reported. For a new
 * writer, before it reads. */
MUST_CHECK enum status sql_settle(struct sql *sql, struct error *err);
/* Looks for damage everywhere. ERR_CONFLICT: something is damaged. */
MUST_CHECK enum status sql_check(struct sql *sql, struct error *err);

/* Moves the log into the database when it has grown past some 16 MiB. */
MUST_CHECK enum status sql_checkpoint(struct sql *sql, struct error *err);
/* Copies what a reader's transaction sees to `path`, a new SQLite file with mode 0600. Asks
 * `go_on` between pages; when that says no, the copy ends with ERR_BUSY. A failure leaves no
 * file behind. The copy is on the disk only after its owner has synced it. */
MUST_CHECK enum status sql_copy(struct sql *sql, const char *path,
                                bool (*go_on)(void *ctx), void *ctx, struct error *err);
/* Moves the log into the database file and removes it, so that the file alone is the whole
 * database. For the writer of a file that nobody else has open. */
MUST_CHECK enum status sql_stand_alone(struct sql *sql, struct error *err);
/* From now on, bytes of deleted rows are overwritten. */
MUST_CHECK enum status sql_wipe_deleted(struct sql *sql, struct error *err);

/* One run of a statement. */
struct sql_query {
    struct sql *sql;
    struct sql_statement *statement; /* NULL: it could not be prepared */
    int next;                        /* parameters put, then columns got */
    bool running;
    bool failed;  /* the database did not take a parameter */
    bool damaged; /* a column held what it may not; its reader sets this */
};

/* sql_next() or sql_run() reports what failed here. */
struct sql_query sql_start(struct sql *sql, const char *text);
void sql_done(struct sql_query *query); /* for CLEANUP */

/* Bytes are not copied: they must stay where they are until sql_done(). */
void sql_put_int(struct sql_query *query, int64_t value);
void sql_put_text(struct sql_query *query, struct str value);
void sql_put_blob(struct sql_query *query, struct str value);
void sql_put_null(struct sql_query *query);

/* The next row. ERR_NOT_FOUND: there is no more (`err` is left alone). ERR_EXISTS: another row
 * has that key. ERR_CONFLICT: a reference to or from another row would break. ERR_IO. */
MUST_CHECK enum status sql_next(struct sql_query *query, struct error *err);
/* Runs a statement that gives no rows. */
MUST_CHECK enum status sql_run(struct sql_query *query, struct error *err);
/* The same; ERR_NOT_FOUND: it touched no row. */
MUST_CHECK enum status sql_run_on_rows(struct sql_query *query, struct error *err);
/* Rows that the last sql_run() touched. */
int64_t sql_touched(const struct sql_query *query);

/* NULL gives 0 or empty bytes. Bytes are lent until the next sql_next() or sql_done(). */
int64_t sql_get_int(struct sql_query *query);
struct str sql_get_bytes(struct sql_query *query);

/* To be called after the columns were read. ERR_IO: one of them was damaged. */
MUST_CHECK enum status sql_intact(const struct sql_query *query, struct error *err);
