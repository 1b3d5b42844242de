// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/patch.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

/* ----- the list ----- */

void redo_done(struct redo *redo)
{
    mem_free(redo->at);
    *redo = (struct redo){ 0 };
}

static void redo_add(struct redo *redo, size_t at, struct str bytes)
{
    size_t need = redo->n + CDB_PAIR_SIZE + bytes.n;
    redo->at = mem_grow(redo->at, need, &redo->size, 1);
    cdb_put(redo->at + redo->n, (uint32_t)at);
    cdb_put(redo->at + redo->n + 4, (uint32_t)bytes.n);
    memcpy(redo->at + redo->n + CDB_PAIR_SIZE, bytes.at, bytes.n);
    redo->n = need;
}

void redo_each(const struct redo *redo, size_t from, redo_fn fn, void *ctx)
{
    for (size_t at = from; at < redo->n;) {
        size_t n = cdb_get(redo->at + at + 4);
        fn(ctx, cdb_get(redo->at + at), str_bytes(redo->at + at + CDB_PAIR_SIZE, n));
        at += CDB_PAIR_SIZE + n;
    }
}

/* ----- bytes ----- */

static void write_bytes(void *ctx, size_t at, struct str bytes)
{
    struct image *image = (struct image *)ctx;
    size_t size = image_size(image);
    assert(at <= size && bytes.n <= size - at);
    memcpy(view_writable(image) + at, bytes.at, bytes.n);
}

void patch_replay(struct image *image, const struct redo *redo)
{
    redo_each(redo, 0, write_bytes, image);
}

void patch_write(const struct patch *patch, size_t at, struct str bytes)
{
    const uint8_t *now = view_bytes(patch->image) + at;
    while (bytes.n > 0 && now[bytes.n - 1] == (uint8_t)bytes.at[bytes.n - 1])
        bytes.n--;
    while (bytes.n > 0 && *now == (uint8_t)*bytes.at) {
        bytes = str_from_at(bytes, 1);
        now++;
        at++;
    }
    if (bytes.n == 0)
        return;
    write_bytes(patch->image, at, bytes);
    redo_add(patch->redo, at, bytes);
}

static void write_pair(const struct patch *patch, size_t at, uint32_t first,
                       uint32_t second)
{
    uint8_t pair[CDB_PAIR_SIZE];
    cdb_put(pair, first);
    cdb_put(pair + 4, second);
    patch_write(patch, at, str_bytes(pair, sizeof(pair)));
}

/* ----- entries ----- */

static size_t filler_size(const struct patch *patch, uint32_t at)
{
    return FILLER_HEAD_SIZE + cdb_get(view_bytes(patch->image) + at + 4);
}

static void write_filler(const struct patch *patch, uint32_t at, size_t size)
{
    uint8_t key[FILLER_KEY_SIZE] = { 0 };
    write_pair(patch, at, FILLER_KEY_SIZE, (uint32_t)(size - FILLER_HEAD_SIZE));
    patch_write(patch, at + CDB_PAIR_SIZE, str_bytes(key, sizeof(key)));
}

/* Takes `n` bytes from the beginning of a filler; what is left of it is a filler again. A filler
 * that is too short is passed over for good. Returns their position; 0: there is no room. */
static uint32_t take_space(const struct patch *patch, size_t n)
{
    struct slack *slack = patch->slack;
    while (slack->next < slack->end) {
        uint32_t at = slack->next;
        size_t size = filler_size(patch, at);
        if (size > slack->end - at)
            return 0;
        if (size == n || size >= n + FILLER_HEAD_SIZE) {
            if (size > n)
                write_filler(patch, at + (uint32_t)n, size - n);
            slack->next = at + (uint32_t)n;
            return at;
        }
        if (n > FILLER_SIZE)
            return 0;
        slack->next = at + (uint32_t)size;
    }
    return 0;
}

/* Puts an entry into the first free slot, beginning at the one of its hash. False: none is free. */
static bool fill_slot(const struct patch *patch, uint32_t hash, uint32_t entry)
{
    const uint8_t *bytes = view_bytes(patch->image);
    uint32_t slots = 0, table = view_table(patch->image, hash, &slots);
    uint32_t slot = slots ? (hash >> 8) % slots : 0;
    for (uint32_t seen = 0; seen < slots; seen++) {
        size_t at = table + (size_t)slot * CDB_PAIR_SIZE;
        if (cdb_get(bytes + at + 4) == 0) {
            write_pair(patch, at, hash, entry);
            return true;
        }
        slot = slot + 1 == slots ? 0 : slot + 1;
    }
    return false;
}

enum status patch_add(const struct patch *patch, struct str key, struct str value,
                      uint32_t *at_out, struct error *err)
{
    uint32_t hash = cdb_hash(CDB_HASH_START, key);
    if (!slack_take_slot(patch->slack, hash % CDB_TABLES))
        return FAIL(err, ERR_LIMIT, "no slots for new names in the image");
    uint32_t at = take_space(patch, CDB_PAIR_SIZE + key.n + value.n);
    if (at == 0)
        return FAIL(err, ERR_LIMIT, "no space for new records in the image");
    write_pair(patch, at, (uint32_t)key.n, (uint32_t)value.n);
    patch_write(patch, at + CDB_PAIR_SIZE, key);
    patch_write(patch, at + CDB_PAIR_SIZE + key.n, value);
    if (!fill_slot(patch, hash, at))
        return FAIL(err, ERR_LIMIT, "a table of the image is full");
    *at_out = at;
    return OK;
}
