// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/index.h"

#include "base/buf.h"
#include "base/mem.h"
#include "image/format.h"

#include <string.h>

enum {
    CHUNK_SIZE = 30000 / CDB_PAIR_SIZE * CDB_PAIR_SIZE, /* axfrdns reads at most 32767 */
    SLOTS_SIZE = 2 * CDB_PAIR_SIZE,
    RUN_BYTES = CDB_PAIR_SIZE + 1, /* of a run, with its share of what a chunk needs */
};

/* In place of a zone's number; too large for an enum. */
static const uint32_t no_zone = UINT32_MAX, unknown = UINT32_MAX - 1;

void index_done(struct index *index)
{
    mem_free(index->runs);
    *index = (struct index){ 0 };
}

void index_note(struct index *index, uint32_t parent, uint32_t at)
{
    if (index->n > 0 && index->runs[index->n - 1].parent == parent)
        return;
    index->runs = mem_grow(index->runs, index->n + 1, &index->size, sizeof(*index->runs));
    index->runs[index->n++] = (struct index_run){ .parent = parent, .from = at };
}

void index_note_zone(struct index *index, struct marks *marks, struct str name)
{
    bool *is_zone = &index->root_is_zone;
    if (name.n > 1)
        is_zone = &marks_get(marks, name)->is_zone;
    if (*is_zone)
        return;
    *is_zone = true;
    index->zones++;
    index->zone_bytes += INDEX_PREFIX.n + name.n;
}

uint64_t index_bytes(const struct index *index)
{
    if (index->zones == 0)
        return 0;
    return (uint64_t)index->n * RUN_BYTES + index->zone_bytes +
           index->zones * (uint64_t)(CDB_PAIR_SIZE + SLOTS_SIZE);
}

/* Ranges being sorted by zone. A zone has the number of its mark, as parents have. */
struct sorting {
    const struct index *index;
    struct marks *marks;
    uint32_t *zone_of; /* for each parent */
    /* For each zone, its next free range; at last the end of its ranges. */
    uint32_t *next;
    uint8_t *ranges; /* pairs, as the file has them */
    uint32_t end;
};

/* The nearest zone at or above a mark. */
static uint32_t climb(const struct sorting *sorting, uint32_t parent)
{
    const struct mark *mark =
        parent == INDEX_ROOT ? NULL : &sorting->marks->items[parent - 1];
    while (mark && !mark->is_zone)
        mark = marks_find(sorting->marks, name_above(marks_name(sorting->marks, mark)));
    if (mark)
        return (uint32_t)(mark - sorting->marks->items) + 1;
    return sorting->index->root_is_zone ? INDEX_ROOT : no_zone;
}

static uint32_t find_zone(const struct sorting *sorting, uint32_t parent)
{
    uint32_t *zone = &sorting->zone_of[parent];
    if (*zone == unknown)
        *zone = climb(sorting, parent);
    return *zone;
}

/* The runs from *at on that belong to one zone, which makes them one range. Moves *at. */
static uint32_t take_range(const struct sorting *sorting, size_t *at, uint8_t pair[])
{
    const struct index *index = sorting->index;
    uint32_t zone = find_zone(sorting, index->runs[*at].parent);
    cdb_put(pair, index->runs[*at].from);
    do
        ++*at;
    while (*at < index->n && find_zone(sorting, index->runs[*at].parent) == zone);
    cdb_put(pair + 4, *at < index->n ? index->runs[*at].from : sorting->end);
    return zone;
}

static void sort_ranges(struct sorting *sorting, size_t zones)
{
    uint8_t pair[CDB_PAIR_SIZE];
    for (size_t at = 0; at < sorting->index->n;) {
        uint32_t zone = take_range(sorting, &at, pair);
        if (zone != no_zone)
            sorting->next[zone]++;
    }
    uint32_t sum = 0;
    for (size_t zone = 0; zone < zones; zone++) {
        uint32_t count = sorting->next[zone];
        sorting->next[zone] = sum;
        sum += count;
    }
    sorting->ranges = (uint8_t *)mem_new_array((size_t)sum + 1, CDB_PAIR_SIZE);
    for (size_t at = 0; at < sorting->index->n;) {
        uint32_t zone = take_range(sorting, &at, pair);
        if (zone != no_zone)
            memcpy(sorting->ranges + (size_t)sorting->next[zone]++ * CDB_PAIR_SIZE, pair,
                   sizeof(pair));
    }
}

/* A zone without ranges gets an entry too: it says that the image has an index. */
static enum status write_zone(struct str name, struct str ranges, index_fn fn, void *ctx,
                              struct error *err)
{
    char bytes[HIDDEN_KEY_SIZE];
    struct buf key = BUF_ON(bytes);
    buf_put(&key, INDEX_PREFIX);
    buf_put(&key, name);
    enum status status = OK;
    do {
        struct str chunk = str_first(ranges, CHUNK_SIZE);
        status = fn(ctx, buf_str(&key), chunk, err);
        ranges = str_from_at(ranges, chunk.n);
    } while (!status && ranges.n > 0);
    return status;
}

static enum status write_zones(const struct sorting *sorting, size_t zones, index_fn fn,
                               void *ctx, struct error *err)
{
    uint32_t from = 0;
    enum status status = OK;
    for (size_t zone = 0; zone < zones && !status; zone++) {
        const struct mark *mark = zone ? &sorting->marks->items[zone - 1] : NULL;
        uint32_t to = sorting->next[zone];
        struct str ranges = str_bytes(sorting->ranges + (size_t)from * CDB_PAIR_SIZE,
                                      (size_t)(to - from) * CDB_PAIR_SIZE);
        from = to;
        if (mark ? mark->is_zone : sorting->index->root_is_zone)
            status = write_zone(mark ? marks_name(sorting->marks, mark) : STR("\0"),
                                ranges, fn, ctx, err);
    }
    return status;
}

enum status index_write(const struct index *index, struct marks *marks, uint32_t end,
                        index_fn fn, void *ctx, struct error *err)
{
    size_t zones = marks->n + 1;
    CLEANUP(mem_freep)
    uint32_t *zone_of = (uint32_t *)mem_new_array(zones, sizeof(uint32_t));
    CLEANUP(mem_freep)
    uint32_t *next = (uint32_t *)mem_new_array(zones, sizeof(uint32_t));
    for (size_t i = 0; i < zones; i++)
        zone_of[i] = unknown;
    struct sorting sorting = {
        .index = index, .marks = marks, .zone_of = zone_of, .next = next, .end = end
    };
    sort_ranges(&sorting, zones);
    enum status status = write_zones(&sorting, zones, fn, ctx, err);
    mem_free(sorting.ranges);
    return status;
}
