// SPDX-License-Identifier: GPL-3.0-or-later
/* sqlite_part.h - what the files of the SQLite driver share, and nobody else includes. */
#pragma once

#include <sqlite3.h>

#include "store/sql.h"

/* Lent. */
sqlite3 *sqlite_of(const struct sql *sql);
