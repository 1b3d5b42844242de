// SPDX-License-Identifier: GPL-3.0-or-later
/* orphans.h - files without a name that somebody else may still have open, for this room alone.
 *
 * Each keeps its room on the disk for as long as he does: so that nobody can fill the disk by
 * opening files, they are counted. */
#pragma once

#include <stddef.h>

enum {
    ORPHANS_MAX = 16
};

struct orphans {
    int fds
        [ORPHANS_MAX]; /* open for writing: a lease tells whether anybody else has the file */
    size_t n;
};

/* An empty one is all zeros. How many there are, after those were closed that nobody has open
 * any more. */
size_t orphans_count(struct orphans *orphans);
/* Takes a descriptor; there must be room. */
void orphans_add(struct orphans *orphans, int fd);
void orphans_done(struct orphans *orphans);
