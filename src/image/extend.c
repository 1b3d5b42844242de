// SPDX-License-Identifier: GPL-3.0-or-later
/* The slack is used from front to back, so that the ranges of a zone are in order. The last entry
 * of a zone's index may have free places: pairs of zeros, at which a reader stops. When they are
 * used up, another entry is added that has twice as many. */
#include "image/extend.h"

#include "base/mem.h"

enum {
    FIRST_PAIRS = 8,
    CHUNK_PAIRS = 30000 / CDB_PAIR_SIZE,
};

/* The last entry of a zone's index. */
struct chunk {
    bool is_there;
    size_t at; /* where its pairs begin */
    size_t pairs, used;
};

static size_t count_used(struct str pairs)
{
    size_t used = pairs.n / CDB_PAIR_SIZE;
    while (used > 0 &&
           cdb_get((const uint8_t *)pairs.at + (used - 1) * CDB_PAIR_SIZE + 4) == 0)
        used--;
    return used;
}

static struct chunk find_chunk(const struct patch *patch, struct str key)
{
    struct image_cursor cursor;
    struct str value, last = STR("");
    struct chunk chunk = { 0 };
    view_seek(patch->image, key, &cursor);
    while (view_next(&cursor, &value)) {
        last = value;
        chunk.is_there = true;
    }
    if (last.n == 0)
        return chunk;
    chunk.at = view_position(patch->image, last.at);
    chunk.pairs = last.n / CDB_PAIR_SIZE;
    chunk.used = count_used(last);
    return chunk;
}

static void write_pair(const struct patch *patch, size_t at, uint32_t from, uint32_t to)
{
    uint8_t pair[CDB_PAIR_SIZE];
    cdb_put(pair, from);
    cdb_put(pair + 4, to);
    patch_write(patch, at, str_bytes(pair, sizeof(pair)));
}

static enum status add_chunk(const struct patch *patch, struct str key, size_t pairs,
                             uint32_t from, uint32_t to, struct error *err)
{
    CLEANUP(mem_freep)
    uint8_t *bytes = (uint8_t *)mem_new_array(pairs, CDB_PAIR_SIZE); /* zeros */
    uint32_t at = 0;
    cdb_put(bytes, from);
    cdb_put(bytes + 4, to);
    return patch_add(patch, key, str_bytes(bytes, pairs * CDB_PAIR_SIZE), &at, err);
}

static enum status note_range(const struct patch *patch, struct str zone, uint32_t from,
                              uint32_t to, struct error *err)
{
    char bytes[HIDDEN_KEY_SIZE];
    struct buf key = BUF_ON(bytes);
    buf_put(&key, INDEX_PREFIX);
    buf_put(&key, zone);
    struct chunk chunk = find_chunk(patch, buf_str(&key));
    if (!chunk.is_there)
        return FAIL(err, ERR_LIMIT, "a zone without an index in the image");
    if (chunk.used > 0) {
        size_t last = chunk.at + (chunk.used - 1) * CDB_PAIR_SIZE;
        const uint8_t *pair = view_bytes(patch->image) + last;
        if (cdb_get(pair + 4) == from) {
            write_pair(patch, last, cdb_get(pair), to);
            return OK;
        }
    }
    if (chunk.used < chunk.pairs) {
        write_pair(patch, chunk.at + chunk.used * CDB_PAIR_SIZE, from, to);
        return OK;
    }
    size_t pairs = chunk.pairs < FIRST_PAIRS ? FIRST_PAIRS : 2 * chunk.pairs;
    return add_chunk(patch, buf_str(&key), pairs < CHUNK_PAIRS ? pairs : CHUNK_PAIRS,
                     from, to, err);
}

/* The zone that lists the name: the nearest at or above `from`. Empty: none. */
static struct str find_zone(const struct patch *patch, struct str from)
{
    while (from.n > 0 && !view_begins_zone(patch->image, from))
        from = name_above(from);
    return from;
}

enum status extend_with(const struct patch *patch, struct str owner, bool wildcard,
                        struct str value, struct error *err)
{
    uint32_t at = 0;
    enum status status = patch_add(patch, owner, value, &at, err);
    if (status)
        return status;
    struct str zone = find_zone(patch, wildcard ? owner : name_above(owner));
    uint32_t to = at + (uint32_t)(CDB_PAIR_SIZE + owner.n + value.n);
    return zone.n ? note_range(patch, zone, at, to, err) : OK;
}
