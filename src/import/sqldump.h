// SPDX-License-Identifier: GPL-3.0-or-later
/* sqldump.h - the rows of a MySQL dump, as mysqldump writes it.
 *
 * Only what carries rows is looked at: INSERT (and REPLACE) with its values, and CREATE TABLE
 * for the names of the columns where INSERT does not give them. Comments, the conditional
 * ones too, and all other statements are passed over. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

enum {
    SQLDUMP_COLUMNS_MAX = 64,
    SQLDUMP_TABLES_MAX = 256
};

/* Lent for the call. */
struct sqldump_row {
    struct str table;
    const struct str *columns;
    const struct str *values; /* unescaped; of NULL, at is NULL */
    size_t count;
    uint64_t line; /* on which it begins */
};

/* The column's value; empty when it is NULL or not there. Names in any case. */
struct str sqldump_get(const struct sqldump_row *row, const char *column);

typedef enum status (*sqldump_fn)(void *ctx, const struct sqldump_row *row,
                                  struct error *err);
/* ERR_SYNTAX, ERR_LIMIT: "FILE:LINE: ..."; any status but OK of `fn` ends it, with the same
 * put before its words. */
MUST_CHECK enum status sqldump_parse(const char *file, struct str text, sqldump_fn fn,
                                     void *ctx, struct error *err);
