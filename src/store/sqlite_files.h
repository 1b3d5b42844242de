// SPDX-License-Identifier: GPL-3.0-or-later
/* sqlite_files.h - the files that SQLite makes: the database, and what it puts beside it under
 * the same name with an ending. For this room, and for databases that nobody has open. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/* Removes a database and what stands beside it. */
void sqlite_remove(const char *path);
/* Gives a database another name, under which it is as whole as before. A database that is
 * missing is fine. ERR_IO. */
MUST_CHECK enum status sqlite_move(const char *from, const char *to, struct error *err);
/* The path of the database that the file `path` belongs to. Pure. */
struct str sqlite_database_of(struct str path);

/* Calls fn with the path of every file in the folder of `path`, until fn returns false. A folder
 * that cannot be read has no files. */
void sqlite_each_beside(const char *path, bool (*fn)(void *ctx, const char *path),
                        void *ctx);
