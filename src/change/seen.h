// SPDX-License-Identifier: GPL-3.0-or-later
/* seen.h - when hosts called last: on its way from memory to the database.
 *
 * A call is noted in memory alone; only when what the database has is old, the host waits
 * here, and at most SEEN_RATE of them are written a second, in one job of the writer. */
#pragma once

#include "change/change.h"
#include "change/resident.h"

enum {
    SEEN_RATE = 500,
    SEEN_WAITING_MAX = 8 * SEEN_RATE,
    SEEN_PERIOD_MS = 1000
};

struct seen {
    int64_t ids[SEEN_WAITING_MAX];
    size_t count;
    struct timer timer;
};

/* The host called at `now_s`. A host for which there is no room now waits for its next
 * call. */
void seen_call(struct seen *seen, struct resident *resident, int64_t host_id,
               int64_t now_s);
/* Whether hosts wait and no timer runs that would write them. */
bool seen_needs_timer(const struct seen *seen);
/* Takes up to `max` of those that wait and hands them to the writer. */
void seen_write(struct seen *seen, struct change *change, const struct resident *resident,
                size_t max);
