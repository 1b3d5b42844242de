// SPDX-License-Identifier: GPL-3.0-or-later
/* source.h - the image that is answered from: opens it, and follows when it is replaced.
 *
 * DIRECTORY/data.cdb is opened, and the directory is watched. A new file that was renamed
 * into place is taken at once; one that cannot be read is refused, told of once, and the old
 * one stays in use, also when its name is gone. Nothing else is needed: as long as the
 * directory is there, answers come, whoever else is dead.
 *
 * The file must be replaced by renaming, never be written to in place: readers have it
 * mapped. One that was cut or changed its size in place is given up. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "net/loop.h"

struct image;

struct answer_source;

struct answer_source_events {
    /* Another file is in use now. May be NULL. */
    void (*changed)(void *ctx);
    /* A file could not be taken; once for each such file, and once when it is missing. May be
     * NULL. */
    void (*refused)(void *ctx, const struct error *err);
};

/* Never fails: what is missing now may come. `events` is kept, not copied, and may be called
 * before this returns. */
struct answer_source *answer_source_new(struct loop *loop, const char *directory,
                                        const struct answer_source_events *events,
                                        void *ctx);
void answer_source_free(struct answer_source *source);
CLEANER(answer_source_free, struct answer_source *)

/* The image of now, or NULL; lent until the loop goes on. */
const struct image *answer_source_image(const struct answer_source *source);

/* Keeps the image of now, which there must be, until it is released, also when another takes
 * its place or the source goes away. */
struct answer_hold;
struct answer_hold *answer_source_hold(const struct answer_source *source);
/* NULL is fine. */
void answer_hold_release(struct answer_hold *hold);
CLEANER(answer_hold_release, struct answer_hold *)
/* False: the file was cut in place and must not be read any more. */
bool answer_hold_is_good(const struct answer_hold *hold);
