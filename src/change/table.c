// SPDX-License-Identifier: GPL-3.0-or-later
/* Linear hashing over segments that never move. Rows are known by number; ids lead to numbers
 * through pages, keys through buckets. */
#include "change/table.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

enum {
    SEGMENT_BITS = 10,
    SEGMENT = 1 << SEGMENT_BITS, /* rows, buckets or ids in one piece */
    SEGMENT_MASK = SEGMENT - 1,
    CACHE_LINE = 64,
};

/* Pieces of memory by number: only this list of pointers is ever moved. */
struct pieces {
    void **at;
    size_t count;
};

struct ids { /* a page of row numbers by id */
    uint32_t used;
    uint32_t numbers[SEGMENT];
};

struct table {
    size_t row_size;
    bool keyed;
    size_t count;
    struct pieces rows, buckets, ids;
    uint32_t numbers; /* rows that were ever begun; numbers start at 1 */
    uint32_t free;    /* first of those that were removed */
    uint32_t recent;  /* row that was last looked for by its key: mostly by its id next */
    /* Linear hashing: `base` buckets before this round of splits, `split` of them split. */
    uint32_t base, split;
};

/* ----- pieces ----- */

/* The place of piece `i`, which may hold NULL. */
static void **piece(struct pieces *pieces, size_t i)
{
    if (i >= pieces->count) {
        size_t count = pieces->count ? pieces->count : 16;
        while (count <= i)
            count *= 2;
        pieces->at = (void **)mem_resize(pieces->at, count, sizeof(*pieces->at));
        memset(pieces->at + pieces->count, 0,
               (count - pieces->count) * sizeof(*pieces->at));
        pieces->count = count;
    }
    return &pieces->at[i];
}

static void pieces_free(struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++)
        mem_free(pieces->at[i]);
    mem_free(pieces->at);
}

static struct table_row *row_at(const struct table *table, uint32_t number)
{
    uint8_t *segment = (uint8_t *)table->rows.at[(number - 1) >> SEGMENT_BITS];
    return (struct table_row *)(void *)(segment +
                                        ((number - 1) & SEGMENT_MASK) * table->row_size);
}

static uint32_t *bucket_at(const struct table *table, uint32_t i)
{
    uint32_t *segment = (uint32_t *)table->buckets.at[i >> SEGMENT_BITS];
    return &segment[i & SEGMENT_MASK];
}

/* ----- start and end ----- */

struct table *table_new(size_t row_size, bool keyed)
{
    struct table *table = NEW(struct table);
    assert(row_size >= sizeof(struct table_row));
    table->row_size = row_size;
    table->keyed = keyed;
    if (keyed) {
        table->base = SEGMENT;
        *piece(&table->buckets, 0) = mem_new_array(SEGMENT, sizeof(uint32_t));
    }
    return table;
}

static void begin_bucket(struct table *table, uint32_t i)
{
    void **segment = piece(&table->buckets, i >> SEGMENT_BITS);
    if (!*segment)
        *segment = mem_new_array(SEGMENT, sizeof(uint32_t));
}

void table_reserve(struct table *table, size_t count)
{
    if (!table->keyed || table->count || count > UINT32_MAX / 4)
        return;
    while (count >= 2 * (size_t)table->base)
        table->base *= 2;
    if (count > table->base)
        table->split = (uint32_t)count - table->base;
    for (uint32_t i = 0; i < table->base + table->split; i += SEGMENT)
        begin_bucket(table, i);
    begin_bucket(table, table->base + table->split);
}

void table_free(struct table *table)
{
    if (!table)
        return;
    pieces_free(&table->rows);
    pieces_free(&table->buckets);
    pieces_free(&table->ids);
    mem_free(table);
}

size_t table_count(const struct table *table)
{
    return table->count;
}

/* ----- by key ----- */

static uint32_t hash_of(const struct digest *key)
{
    uint32_t hash = 0;
    memcpy(&hash, key->bytes, sizeof(hash));
    return hash;
}

static uint32_t bucket_of(const struct table *table, const struct digest *key)
{
    uint32_t hash = hash_of(key);
    uint32_t bucket = hash & (table->base - 1);
    return bucket < table->split ? hash & (2 * table->base - 1) : bucket;
}

static void link_row(struct table *table, uint32_t number)
{
    struct table_row *row = row_at(table, number);
    uint32_t *first = bucket_at(table, bucket_of(table, &row->key));
    row->next = *first;
    *first = number;
}

static void unlink_row(struct table *table, uint32_t number)
{
    const struct table_row *row = row_at(table, number);
    uint32_t *place = bucket_at(table, bucket_of(table, &row->key));
    while (*place != number)
        place = &row_at(table, *place)->next;
    *place = row->next;
}

/* One bucket more: the next one in turn shares its rows with it. */
static void split_bucket(struct table *table)
{
    uint32_t from = table->split, to = table->base + table->split;
    begin_bucket(table, to);
    uint32_t number = *bucket_at(table, from);
    *bucket_at(table, from) = 0;
    if (++table->split == table->base) {
        table->base *= 2;
        table->split = 0;
    }
    while (number) {
        uint32_t next = row_at(table, number)->next;
        link_row(table, number);
        number = next;
    }
}

void *table_find_key(struct table *table, const struct digest *key)
{
    uint32_t number = *bucket_at(table, bucket_of(table, key));
    while (number) {
        struct table_row *row = row_at(table, number);
        if (memcmp(row->key.bytes, key->bytes, DIGEST_SIZE) == 0) {
            table->recent = number;
            return row;
        }
        number = row->next;
    }
    return NULL;
}

void table_prefetch_bucket(const struct table *table, const struct digest *key)
{
    __builtin_prefetch(bucket_at(table, bucket_of(table, key)));
}

void table_prefetch_row(struct table *table, const struct digest *key)
{
    uint32_t number = *bucket_at(table, bucket_of(table, key));
    if (!number)
        return;
    const uint8_t *row = (const uint8_t *)row_at(table, number);
    for (size_t at = 0; at < table->row_size; at += CACHE_LINE)
        __builtin_prefetch(row + at);
    __builtin_prefetch(row + table->row_size - 1);
    table->recent = number;
}

/* ----- by id ----- */

static uint32_t number_of(const struct table *table, int64_t id)
{
    if (id <= 0 || id > UINT32_MAX)
        return 0;
    size_t page = (size_t)id >> SEGMENT_BITS;
    if (page >= table->ids.count || !table->ids.at[page])
        return 0;
    const struct ids *ids = (const struct ids *)table->ids.at[page];
    return ids->numbers[(size_t)id & SEGMENT_MASK];
}

static void set_number(struct table *table, uint32_t id, uint32_t number)
{
    void **page = piece(&table->ids, id >> SEGMENT_BITS);
    if (!*page)
        *page = NEW(struct ids);
    struct ids *ids = (struct ids *)*page;
    ids->numbers[id & SEGMENT_MASK] = number;
    if (number)
        ids->used++;
    else if (--ids->used == 0)
        mem_free(TAKE(*page));
}

void *table_find_id(const struct table *table, int64_t id)
{
    if (id <= 0)
        return NULL;
    if (table->recent && row_at(table, table->recent)->id == id)
        return row_at(table, table->recent);
    uint32_t number = number_of(table, id);
    return number ? row_at(table, number) : NULL;
}

void *table_find_next(const struct table *table, int64_t id)
{
    for (size_t next = id < 0 ? 0 : (size_t)id + 1; next <= UINT32_MAX; next++) {
        size_t page = next >> SEGMENT_BITS;
        if (page >= table->ids.count)
            return NULL;
        const struct ids *ids = (const struct ids *)table->ids.at[page];
        if (!ids) {
            next |= SEGMENT_MASK;
            continue;
        }
        uint32_t number = ids->numbers[next & SEGMENT_MASK];
        if (number)
            return row_at(table, number);
    }
    return NULL;
}

/* ----- putting and removing ----- */

static uint32_t take_number(struct table *table)
{
    uint32_t number = table->free;
    if (number) {
        table->free = row_at(table, number)->next;
        memset(row_at(table, number), 0, table->row_size);
        return number;
    }
    number = ++table->numbers;
    void **segment = piece(&table->rows, (number - 1) >> SEGMENT_BITS);
    if (!*segment)
        *segment = mem_new_array(SEGMENT, table->row_size);
    return number;
}

static void *add(struct table *table, uint32_t id, const struct digest *key)
{
    uint32_t number = take_number(table);
    struct table_row *row = row_at(table, number);
    row->id = id;
    set_number(table, id, number);
    table->count++;
    if (!table->keyed)
        return row;
    row->key = *key;
    link_row(table, number);
    if (table->count > (size_t)table->base + table->split)
        split_bucket(table);
    return row;
}

void *table_put(struct table *table, int64_t id, const struct digest *key)
{
    if (id <= 0 || id > UINT32_MAX)
        return NULL;
    uint32_t number = number_of(table, id);
    if (!number)
        return add(table, (uint32_t)id, key);
    struct table_row *row = row_at(table, number);
    if (table->keyed && !digest_equal(row->key, *key)) {
        unlink_row(table, number);
        row->key = *key;
        link_row(table, number);
    }
    return row;
}

void table_remove(struct table *table, int64_t id)
{
    uint32_t number = number_of(table, id);
    if (!number)
        return;
    if (table->keyed)
        unlink_row(table, number);
    struct table_row *row = row_at(table, number);
    set_number(table, row->id, 0);
    row->id = 0;
    row->next = table->free;
    table->free = number;
    table->count--;
}
