// SPDX-License-Identifier: GPL-3.0-or-later
/* sqlite_lock.h - the writer's lock on the log. For sqlite.c.
 *
 * Whoever may read the database may put a read lock on a byte of the log's index, and SQLite's writer
 * cannot begin until it is gone. Our one writer takes that lock at its first transaction and never
 * lets go of it, so that nobody can come in between. */
#pragma once

#include <sqlite3.h>

#include "base/buf.h"

/* The name of a file system layer for SQLite, which is the usual one but for this. */
const char *sqlite_lock_layer(void);

/* Puts who holds the lock instead of us, as far as the system tells it: " (by process 7)".
 * `path` is the database. */
void sqlite_lock_put_holder(const char *path, struct buf *out);
