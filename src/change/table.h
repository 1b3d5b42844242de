// SPDX-License-Identifier: GPL-3.0-or-later
/* table.h - rows of one size in memory, found by id and, if wanted, by a key of 16 bytes.
 *
 * It never stops to grow: rows come in segments and stay where they are, buckets are split
 * one at a time (linear hashing), and ids lead to rows through an array in pages, of which
 * only those with ids in them are there. Beside its row an entry costs 8 bytes. */
#pragma once

#include "base/digest.h"

/* What every row begins with; the table's own but for reading. */
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

/* Room for the keys of `count` rows at once, in a table that is empty: no more than a saving
 * of time, and without effect in another. */
void table_reserve(struct table *table, size_t count);

size_t table_count(const struct table *table);
/* NULL: there is none. A row stays where it is until it is removed. */
void *table_find_id(const struct table *table, int64_t id);
void *table_find_key(struct table *table, const struct digest *key);
/* Two steps that let memory come while something else is done, before table_find_key(): what
 * leads to the row, and the row. The second one waits if the first has not come. */
void table_prefetch_bucket(const struct table *table, const struct digest *key);
void table_prefetch_row(struct table *table, const struct digest *key);
/* The row of this id, with zeros behind its head when it is new; `key` is NULL in a table
 * without keys. A row that had another key is found by the new one from now on. NULL: the id
 * is not between 1 and UINT32_MAX. */
void *table_put(struct table *table, int64_t id, const struct digest *key);
/* An id that is not there is fine. */
void table_remove(struct table *table, int64_t id);
