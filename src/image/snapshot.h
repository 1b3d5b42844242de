// SPDX-License-Identifier: GPL-3.0-or-later
/* snapshot.h - frozen copies of the live image, for others to read. For this room alone.
 *
 * A copy is a file without a name. It has two descriptors: the caller who asked gets one to read.
 * We keep the other: a lease on it tells for how long anybody reads the copy. Each copy takes
 * space on the disk, so that only ORPHANS_MAX of them may be in use. */
#pragma once

#include "image/copy.h"
#include "image/feed.h"
#include "image/orphans.h"

struct snapshot {
    struct copy copy;     /* the copy that is being made, for fn */
    int reader;           /* its descriptor to read */
    image_snapshot_fn fn; /* NULL: nobody waits */
    void *ctx;
    struct orphans lent; /* copies that somebody may still read */
};

void snapshot_init(struct snapshot *snapshot);
void snapshot_done(struct snapshot *snapshot);
/* Begins a copy; the caller then sets `fn` and `ctx`. ERR_BUSY: too many are in use. ERR_IO. */
MUST_CHECK enum status snapshot_begin(struct snapshot *snapshot, const char *folder,
                                      const struct image *live, struct error *err);
/* Ends the copy and calls `fn`, if it is set: with the copy when that is whole, else with -1. */
void snapshot_end(struct snapshot *snapshot, uint64_t generation, bool whole);
