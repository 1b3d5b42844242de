// SPDX-License-Identifier: GPL-3.0-or-later
/* schema.h - the steps that make the tables, and the version of a database.
 *
 * The library contains the files of schema/, numbered 1, 2, ... in order. The version of a
 * database is the number of its last step. It is one of the settings. */
#pragma once

#include "store/sql.h"

struct schema_step {
    int number;
    const char *name; /* of the file */
    const char *sql;
};
extern const struct schema_step schema_steps[];
extern const size_t schema_step_count;

/* The version; 0: no tables yet. ERR_CONFLICT: the tables are those of another program. */
MUST_CHECK enum status schema_version(struct sql *sql, int64_t *out, struct error *err);
/* Does those of the first `count` steps that are missing, each in a transaction of its own.
 * ERR_CONFLICT: the version of the database is higher. */
MUST_CHECK enum status schema_update(struct sql *sql, const struct schema_step *steps,
                                     size_t count, struct error *err);
/* For a reader: ERR_CONFLICT when the version is not `count`, ERR_NOT_FOUND when there are
 * no tables yet. */
MUST_CHECK enum status schema_expect(struct sql *sql, size_t count, struct error *err);
