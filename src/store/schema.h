// SPDX-License-Identifier: GPL-3.0-or-later
/* schema.h - the steps that make the tables, and the version that the database is at.
 *
 * The files of schema/ stand in the library, numbered 1, 2, ... in order. The version is
 * the number of the last step done, kept in the settings. */
#pragma once

#include "store/sql.h"

struct schema_step {
    int number;
    const char *name; /* of the file */
    const char *sql;
};
extern const struct schema_step schema_steps[];
extern const size_t schema_step_count;

/* The version; 0: no tables yet. ERR_CONFLICT: the tables are not ours. */
MUST_CHECK enum status schema_version(struct sql *sql, int64_t *out, struct error *err);
/* Does what is missing of the first `count` steps, each in a transaction of its own.
 * ERR_CONFLICT: the database is at a higher version. */
MUST_CHECK enum status schema_update(struct sql *sql, const struct schema_step *steps,
                                     size_t count, struct error *err);
/* For a reader: ERR_CONFLICT when the version is not `count`, ERR_NOT_FOUND when there are
 * no tables yet. */
MUST_CHECK enum status schema_expect(struct sql *sql, size_t count, struct error *err);
