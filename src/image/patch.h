// SPDX-License-Identifier: GPL-3.0-or-later
/* patch.h - changes the bytes of one image and keeps a list of the changes. For this room alone.
 *
 * The list (`struct redo`) makes the same changes in the other image of the double buffer, in a
 * file, or in a copy. What is patched is memory that only we can write (sealed.h), so that we can
 * rely on what we read there; no reader relies on it meanwhile. */
#pragma once

#include "image/slack.h"
#include "image/view.h"

struct redo {
    uint8_t *at; /* for each change: position (4 bytes), length (4), and the new bytes */
    size_t n, size;
};

/* An empty list is all zeros. */
void redo_done(struct redo *redo);
/* Calls `fn` for each change, in order, beginning where the list had `from` bytes. */
typedef void (*redo_fn)(void *ctx, size_t at, struct str bytes);
void redo_each(const struct redo *redo, size_t from, redo_fn fn, void *ctx);

struct patch {
    struct image *image; /* of view_open_memory() */
    struct slack *slack;
    struct redo *redo;
};

/* Makes the changes of a list, without noting them again. */
void patch_replay(struct image *image, const struct redo *redo);
/* Writes bytes over those at `at`. Only what differs is written and noted. */
void patch_write(const struct patch *patch, size_t at, struct str bytes);
/* Adds an entry; *at_out is its position. ERR_LIMIT: there is no room. */
MUST_CHECK enum status patch_add(const struct patch *patch, struct str key,
                                 struct str value, uint32_t *at_out, struct error *err);
