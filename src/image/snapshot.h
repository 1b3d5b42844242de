// SPDX-License-Identifier: GPL-3.0-or-later
/* snapshot.h - copies of the live image that nobody changes any more, for others to read, for
 * this room alone.
 *
 * A copy is a file without a name that has two descriptors: one to read, which the asker gets,
 * and ours, which tells by a lease how long anybody has it. That many are kept at most: each has
 * its room on the disk. */
#pragma once

#include "image/copy.h"
#include "image/feed.h"
#include "image/orphans.h"

struct snapshot {
    struct copy copy; /* being made, for fn */
    int reader;
    image_snapshot_fn fn; /* NULL: nobody waits */
    void *ctx;
    struct orphans lent; /* that somebody still has */
};

void snapshot_init(struct snapshot *snapshot);
void snapshot_done(struct snapshot *snapshot);
/* Begins one, for which nobody waits yet. ERR_BUSY: there are too many. ERR_IO. */
MUST_CHECK enum status snapshot_begin(struct snapshot *snapshot, const char *folder,
                                      const struct image *live, struct error *err);
/* Gives it to who waits, if anybody does; or nothing, when it is not whole. */
void snapshot_end(struct snapshot *snapshot, uint64_t generation, bool whole);
