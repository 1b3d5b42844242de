// SPDX-License-Identifier: GPL-3.0-or-later
/* lock.h - the writer's lock on a database, a file beside it. For this room. */
#pragma once

#include "base/error.h"

/* Whoever holds it is the only writer and may replace the database. It goes with the
 * descriptor. ERR_BUSY: another process has it. ERR_IO. */
MUST_CHECK enum status lock_take(const char *path, int *fd_out, struct error *err);
/* Removes the file of a database that is no more. */
void lock_remove(const char *path);
