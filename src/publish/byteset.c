// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/byteset.h"

#include "base/arena.h"
#include "base/mem.h"

enum {
    SLOTS_FIRST = 64, /* a power of two, as all sizes are */
    ARENA_BLOCK = 65536,
};

struct slot {
    struct str bytes; /* at is NULL: free */
    uint64_t hash;
    int64_t number;
};

struct byteset {
    struct arena *arena;
    struct slot *slots;
    size_t size, count;
};

struct byteset *byteset_new(void)
{
    struct byteset *set = NEW(struct byteset);
    set->arena = arena_new(ARENA_BLOCK);
    set->size = SLOTS_FIRST;
    set->slots = mem_new_array(set->size, sizeof(struct slot));
    return set;
}

void byteset_free(struct byteset *set)
{
    if (!set)
        return;
    arena_free(set->arena);
    mem_free(set->slots);
    mem_free(set);
}

/* FNV-1a. What fills the set is the operator's; strangers' names are only looked up. */
static uint64_t hash_bytes(struct str bytes)
{
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < bytes.n; i++)
        hash = (hash ^ (uint8_t)bytes.at[i]) * 1099511628211U;
    return hash;
}

/* The slot of the bytes, or the free one where they belong. */
static struct slot *find_slot(const struct byteset *set, struct str bytes, uint64_t hash)
{
    size_t at = hash & (set->size - 1);
    while (set->slots[at].bytes.at &&
           !(set->slots[at].hash == hash && str_equal(set->slots[at].bytes, bytes)))
        at = (at + 1) & (set->size - 1);
    return &set->slots[at];
}

static void grow(struct byteset *set)
{
    struct slot *old = set->slots;
    size_t old_size = set->size;
    set->size = old_size * 2;
    set->slots = mem_new_array(set->size, sizeof(struct slot));
    for (size_t i = 0; i < old_size; i++)
        if (old[i].bytes.at)
            *find_slot(set, old[i].bytes, old[i].hash) = old[i];
    mem_free(old);
}

bool byteset_add(struct byteset *set, struct str bytes)
{
    uint64_t hash = hash_bytes(bytes);
    struct slot *slot = find_slot(set, bytes, hash);
    if (slot->bytes.at)
        return false;
    *slot = (struct slot){ .bytes = arena_copy(set->arena, bytes),
                           .hash = hash,
                           .number = (int64_t)set->count++ };
    if (set->count > set->size / 2)
        grow(set);
    return true;
}

int64_t byteset_find(const struct byteset *set, struct str bytes)
{
    const struct slot *slot = find_slot(set, bytes, hash_bytes(bytes));
    return slot->bytes.at ? slot->number : BYTESET_NONE;
}

size_t byteset_count(const struct byteset *set)
{
    return set->count;
}
