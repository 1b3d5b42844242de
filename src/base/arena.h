// SPDX-License-Identifier: GPL-3.0-or-later
/* arena.h - memory that is given back all at once.
 *
 * For what lives as long as one request: nothing is freed singly. Out of memory ends the
 * process, so every size that a peer chooses meets a limit before it comes here. */
#pragma once

#include <stddef.h>

#include "base/str.h"

struct arena;

/* `block` is the size of the pieces asked of the system, in bytes. */
struct arena *arena_new(size_t block);
void arena_free(struct arena *arena);
CLEANER(arena_free, struct arena *)

/* `n` zeroed bytes, aligned for any type. Never NULL. */
void *arena_take(struct arena *arena, size_t n);
/* The same for `count` items of `size` bytes; overflow ends the process. */
void *arena_take_array(struct arena *arena, size_t count, size_t size);
/* A copy of the bytes, followed by a zero byte. */
struct str arena_copy(struct arena *arena, struct str bytes);
/* Makes everything that was taken invalid and keeps one block for the next use. */
void arena_reset(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_take((arena), sizeof(type)))
