// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct block {
    struct block *next; /* the block that was current before */
    size_t size;        /* bytes in `data` */
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

struct arena {
    struct block *current; /* where the next piece comes from */
    size_t block_size;
};

static struct block *block_new(size_t size, struct block *next)
{
    size_t total = 0;
    bool fits = size_add(sizeof(struct block), size, &total);
    assert(fits);
    struct block *block = mem_new(total);
    block->size = size;
    block->next = next;
    return block;
}

struct arena *arena_new(size_t block)
{
    assert(block > 0);
    struct arena *arena = NEW(struct arena);
    arena->block_size = block;
    arena->current = block_new(block, NULL);
    return arena;
}

/* Frees `block` and all blocks before it, except the first one, which is returned. */
static struct block *free_to_first(struct block *block)
{
    while (block->next) {
        struct block *next = block->next;
        mem_free(block);
        block = next;
    }
    return block;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    mem_free(free_to_first(arena->current));
    mem_free(arena);
}

void *arena_take(struct arena *arena, size_t n)
{
    enum {
        ALIGNMENT = alignof(max_align_t)
    };
    size_t rounded = 0;
    bool fits = size_add(n, ALIGNMENT - 1, &rounded);
    assert(fits);
    rounded -= rounded % ALIGNMENT;

    struct block *block = arena->current;
    if (block->size - block->used < rounded) {
        size_t size = rounded > arena->block_size ? rounded : arena->block_size;
        block = arena->current = block_new(size, block);
    }
    void *taken = block->data + block->used;
    block->used += rounded;
    memset(taken, 0, n);
    return taken;
}

void *arena_take_array(struct arena *arena, size_t count, size_t size)
{
    size_t total = 0;
    bool fits = size_multiply(count, size, &total);
    assert(fits);
    return arena_take(arena, total);
}

struct str arena_copy(struct arena *arena, struct str bytes)
{
    size_t total = 0;
    bool fits = size_add(bytes.n, 1, &total);
    assert(fits);
    char *copy = arena_take(arena, total);
    if (bytes.n)
        memcpy(copy, bytes.at, bytes.n);
    return (struct str){ copy, bytes.n };
}

void arena_reset(struct arena *arena)
{
    arena->current = free_to_first(arena->current);
    arena->current->used = 0;
}
