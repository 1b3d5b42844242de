// SPDX-License-Identifier: GPL-3.0-or-later
/* table.h - rows of one size in memory, found by id and, if wanted, by a key of 16 bytes.
 *
 * It grows without a pause. Rows are stored in segments and never move. Buckets are split one at a
 * time (linear hashing). Ids lead to rows through an array in pages, and pages without ids are not
 * allocated. An entry costs 8 bytes beside its row. */
#pragma once

#include "base/digest.h"

/* The head of every row. Only the table writes to it. */
struct table_row {
    uint32_t next; /* number of the next row in the bucket, or in the list of free ones */
    uint32_t id;   /* 0: free */
    struct digest key; /* evenly spread over its bytes: a keyed hash */
};

struct table;

/* `row_size` is of the caller's struct, whose first member is a struct table_row. */
struct table *table_new(size_t row_size, bool keyed);
void table_free(struct table *table);
CLEANER(table_free, struct table *)

/* Makes room for the keys of `count` rows in an empty table. This only saves time. A table that is
 * not empty is left as it is. */
void table_reserve(struct table *table, size_t count);

size_t table_count(const struct table *table);
/* NULL: there is none. A row stays where it is until it is removed. */
void *table_find_id(const struct table *table, int64_t id);
/* The row with the next greater id; NULL: there is none. */
void *table_find_next(const struct table *table, int64_t id);
void *table_find_key(struct table *table, const struct digest *key);
/* Two steps before table_find_key() that fetch memory while the caller does something else: first
 * the bucket, then the row. The second step waits if the first one has not arrived. */
void table_prefetch_bucket(const struct table *table, const struct digest *key);
void table_prefetch_row(struct table *table, const struct digest *key);
/* The row of this id. A new one has zeros after its head. `key` is NULL in a table without keys.
 * A row that had another key is found only by the new one. NULL: the id is not between 1 and
 * UINT32_MAX. */
void *table_put(struct table *table, int64_t id, const struct digest *key);
/* An id that is not there is fine. */
void table_remove(struct table *table, int64_t id);
