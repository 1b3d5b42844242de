// SPDX-License-Identifier: GPL-3.0-or-later
/* arena.h - memory that is given back all at once.
 *
 * For what lives as long as one request: nothing is freed singly. Running out of memory ends the
 * process, so the caller compares every size that a peer chooses with a limit first. */
#pragma once

#include <stddef.h>

#include "base/str.h"

struct arena;

/* Memory is taken from the system in pieces of `block` bytes. */
struct arena *arena_new(size_t block);
void arena_free(struct arena *arena);
CLEANER(arena_free, struct arena *)

/* `n` zeroed bytes, aligned for any type. Never NULL. */
void *arena_take(struct arena *arena, size_t n);
/* `count` zeroed items of `size` bytes, likewise. Overflow ends the process. */
void *arena_take_array(struct arena *arena, size_t count, size_t size);
/* A copy of the bytes, followed by a zero byte. */
struct str arena_copy(struct arena *arena, struct str bytes);
/* Ends the life of everything that was taken, and keeps one block for the next use. */
void arena_reset(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_take((arena), sizeof(type)))
