// SPDX-License-Identifier: GPL-3.0-or-later
/* sql_driver.h - what a database has to offer so that it can stand behind sql.h. For sql.c and
 * the drivers; nobody else includes it.
 *
 * A driver allocates its own connection, which begins with a `struct sql`, and its own
 * statements, which begin with a `struct sql_statement`. sql.c does what is the same for every
 * database: it keeps the statements, counts parameters and columns, and holds the fault points.
 * The operations are those of sql.h with the same contract, except where a comment says more.
 * Every operation is there. */
#pragma once

#include "store/sql.h"

enum {
    SQL_STATEMENT_SLOTS = 256 /* a power of two, well above the number of texts */
};

struct sql_statement {
    const char *text; /* lent; it is the key */
    bool in_use;
    bool is_kept; /* in the table of the connection */
};

struct sql {
    const struct sql_driver *driver;
    bool is_writer;
    struct sql_statement *slots[SQL_STATEMENT_SLOTS];
    size_t slots_used;
};

struct sql_driver {
    /* Its statements are freed before. */
    void (*close)(struct sql *sql);
    /* What the database said last, as ERR_IO. */
    enum status (*fail)(const struct sql *sql, struct error *err);

    /* begin() never comes within a transaction, commit() and rollback() only within one. A
     * commit() that fails may leave it open. */
    enum status (*begin)(struct sql *sql, struct error *err);
    enum status (*commit)(struct sql *sql, struct error *err);
    void (*rollback)(struct sql *sql);
    bool (*in_transaction)(const struct sql *sql);

    /* NULL: it cannot be prepared; fail() tells why. sql.c sets what the struct holds. */
    struct sql_statement *(*prepare)(struct sql *sql, const char *text);
    void (*free_statement)(struct sql_statement *statement);
    /* Ends a run; the statement may be run again. */
    void (*reset)(struct sql_statement *statement);
    /* Parameter number `at`, counted from 1. False: it was not taken; fail() tells why. */
    bool (*put_int)(struct sql_statement *statement, int at, int64_t value);
    bool (*put_text)(struct sql_statement *statement, int at, struct str value);
    bool (*put_blob)(struct sql_statement *statement, int at, struct str value);
    bool (*put_null)(struct sql_statement *statement, int at);
    /* Begins a run, with `count` parameters put. It may already send the whole statement, and
     * then fails as next() does. ERR_IO when the statement writes and no transaction is open. */
    enum status (*start)(struct sql *sql, struct sql_statement *statement, int count,
                         struct error *err);
    enum status (*next)(struct sql *sql, struct sql_statement *statement,
                        struct error *err);
    int64_t (*touched)(const struct sql *sql, const struct sql_statement *statement);
    /* Column number `at` of the row, counted from 0. */
    int64_t (*get_int)(const struct sql_statement *statement, int at);
    struct str (*get_bytes)(const struct sql_statement *statement, int at);

    enum status (*script)(struct sql *sql, const char *text, struct error *err);
    enum status (*has_table)(struct sql *sql, const char *name, bool *out,
                             struct error *err);
    enum status (*settle)(struct sql *sql, struct error *err);
    enum status (*check)(struct sql *sql, struct error *err);

    /* For a database that is a file of ours. Where there is none, checkpoint(), stand_alone()
     * and wipe_deleted() have nothing to do. */
    enum status (*checkpoint)(struct sql *sql, struct error *err);
    enum status (*copy)(struct sql *sql, const char *path, bool (*go_on)(void *ctx),
                        void *ctx, struct error *err);
    enum status (*stand_alone)(struct sql *sql, struct error *err);
    enum status (*wipe_deleted)(struct sql *sql, struct error *err);
};

/* One for each driver: sql_open() with what `path` names. */
MUST_CHECK enum status sqlite_open(const char *path, enum sql_mode mode, struct sql **out,
                                   struct error *err);
