// SPDX-License-Identifier: GPL-3.0-or-later
/* patch.h - changes the bytes of one image, and keeps a list of them, for this room alone.
 *
 * The list (`struct redo`) makes the same changes in the other file of the pair, or in a
 * copy. What is patched is memory that nobody else can write (sealed.h), so that whatever
 * steers it can be relied on, and on which nobody relies meanwhile. */
#pragma once

#include "image/slack.h"
#include "image/view.h"

struct redo {
    uint8_t *at; /* position (4), length (4), bytes; again and again */
    size_t n, size;
};

/* An empty one is all zeros. */
void redo_done(struct redo *redo);
/* Each change, in order, from where the list had `from` bytes on. */
typedef void (*redo_fn)(void *ctx, size_t at, struct str bytes);
void redo_each(const struct redo *redo, size_t from, redo_fn fn, void *ctx);

struct patch {
    struct image *image; /* view_open_memory() */
    struct slack *slack;
    struct redo *redo;
};

/* Makes the changes of a list, and no note of it. */
void patch_replay(struct image *image, const struct redo *redo);
/* Writes bytes over others. Those that are the same anyway cost nothing. */
void patch_write(const struct patch *patch, size_t at, struct str bytes);
/* Adds an entry; *at_out is where it begins. ERR_LIMIT: there is no room. */
MUST_CHECK enum status patch_add(const struct patch *patch, struct str key,
                                 struct str value, uint32_t *at_out, struct error *err);
