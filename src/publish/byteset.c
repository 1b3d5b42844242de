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
    struct str *items; /* by number; room for half the slots */
    size_t size, count;
};

struct byteset *byteset_new(void)
{
    struct byteset *set = NEW(struct byteset);
    set->arena = arena_new(ARENA_BLOCK);
    set->size = SLOTS_FIRST;
    set->slots = mem_new_array(set->size, sizeof(struct slot));
    set->items = mem_new_array(set->size / 2 + 1, sizeof(struct str));
    return set;
}

void byteset_free(struct byteset *set)
{
    if (!set)
        return;
    arena_free(set->arena);
    mem_free(set->slots);
    mem_free(set->items);
    mem_free(set);
}

/* FNV-1a. What fills the set is the operator's; strangers' names are only looked up. */
uint64_t byteset_hash(struct str bytes)
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
    set->items = mem_resize(set->items, set->size / 2 + 1, sizeof(struct str));
}

bool byteset_add(struct byteset *set, struct str bytes)
{
    uint64_t hash = byteset_hash(bytes);
    struct slot *slot = find_slot(set, bytes, hash);
    if (slot->bytes.at)
        return false;
    *slot = (struct slot){ .bytes = arena_copy(set->arena, bytes),
                           .hash = hash,
                           .number = (int64_t)set->count };
    set->items[set->count++] = slot->bytes;
    if (set->count > set->size / 2)
        grow(set);
    return true;
}

int64_t byteset_find(const struct byteset *set, struct str bytes)
{
    const struct slot *slot = find_slot(set, bytes, byteset_hash(bytes));
    return slot->bytes.at ? slot->number : BYTESET_NONE;
}

struct str byteset_get(const struct byteset *set, size_t number)
{
    return set->items[number];
}

size_t byteset_count(const struct byteset *set)
{
    return set->count;
}
