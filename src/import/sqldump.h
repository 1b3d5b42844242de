// SPDX-License-Identifier: GPL-3.0-or-later
/* sqldump.h - reads the rows of a MySQL dump, as mysqldump writes it.
 *
 * It reads only statements with rows: INSERT and REPLACE, and CREATE TABLE for the names of the
 * columns, which INSERT may leave out. It skips comments, also conditional ones, and all other
 * statements. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

enum {
    SQLDUMP_COLUMNS_MAX = 64,
    SQLDUMP_TABLES_MAX = 256
};

/* A row, lent for the call. */
struct sqldump_row {
    struct str table;
    const struct str *columns;
    const struct str *values; /* unescaped; `at` is NULL: the value is NULL */
    size_t count;
    uint64_t line; /* the row begins on this line */
};

/* The value of a column; empty: it is NULL, or there is no such column. The case of names does not
 * count. */
struct str sqldump_get(const struct sqldump_row *row, const char *column);

/* Gets each row. Any status except OK ends the reading. */
typedef enum status (*sqldump_fn)(void *ctx, const struct sqldump_row *row,
                                  struct error *err);
/* Reads a dump. ERR_SYNTAX, ERR_LIMIT, or the status of `fn`: `err` begins with "FILE:LINE: ". */
MUST_CHECK enum status sqldump_parse(const char *file, struct str text, sqldump_fn fn,
                                     void *ctx, struct error *err);
