// SPDX-License-Identifier: GPL-3.0-or-later
/* orphans.h - files that have lost their name while somebody may still have them open. For this
 * room alone.
 *
 * Such a file takes space on the disk until it is closed. They are counted, so that nobody can
 * fill the disk by keeping files open. */
#pragma once

#include <stddef.h>

enum {
    ORPHANS_MAX = 16
};

/* All zeros: none. */
struct orphans {
    /* Open for writing: a write lease is refused as long as anybody else has the file open. */
    int fds[ORPHANS_MAX];
    size_t n;
};

/* Closes the files that nobody else has open any more, and returns how many are left. */
size_t orphans_count(struct orphans *orphans);
/* Takes a descriptor. There must be fewer than ORPHANS_MAX. */
void orphans_add(struct orphans *orphans, int fd);
void orphans_done(struct orphans *orphans);
