// SPDX-License-Identifier: GPL-3.0-or-later
/* sqlite_part.h - what the files of the SQLite driver share. Nobody else includes it. */
#pragma once

#include <sqlite3.h>

#include "store/sql_driver.h"

/* The connection that `sql` stands for; lent. */
sqlite3 *sqlite_of(const struct sql *sql);

/* The driver's `copy`. */
MUST_CHECK enum status sqlite_copy(struct sql *sql, const char *path,
                                   bool (*go_on)(void *ctx), void *ctx,
                                   struct error *err);
