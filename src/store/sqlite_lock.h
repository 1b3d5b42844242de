// SPDX-License-Identifier: GPL-3.0-or-later
/* sqlite_lock.h - the writer's lock on the log. For sqlite.c.
 *
 * Any process that may read the database can put a read lock on a byte of the log's index, and
 * then SQLite's writer cannot begin. Our one writer takes that lock at its first transaction and
 * keeps it until the connection ends, so that nobody can come in between. */
#pragma once

#include <sqlite3.h>

#include "base/buf.h"

/* The name of a file system layer for SQLite. Except for this lock it is the usual one. */
const char *sqlite_lock_layer(void);

/* Writes which process holds the lock instead of us, as far as the system knows:
 * " (by process 7)". `path` is the database. */
void sqlite_lock_put_holder(const char *path, struct buf *out);
