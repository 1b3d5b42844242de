// SPDX-License-Identifier: GPL-3.0-or-later
/* seen.h - brings the times when hosts called last from memory to the database.
 *
 * A call is noted in memory. A host waits here only when the time in the database is old. At most
 * SEEN_RATE hosts are written a second, in one job of the writer. */
#pragma once

#include "change/jobs.h"
#include "change/resident.h"

enum {
    SEEN_RATE = 500,
    SEEN_WAITING_MAX = 8 * SEEN_RATE,
    SEEN_PERIOD_MS = 1000
};

struct seen {
    struct jobs *jobs; /* NULL: not started, or stopped */
    struct resident *resident;
    int64_t ids[SEEN_WAITING_MAX];
    size_t count;
    struct timer timer;
};

/* `jobs` and `resident` are lent. */
void seen_start(struct seen *seen, struct jobs *jobs, struct resident *resident);
/* The host called just now. When there is no room, its next call is written instead. */
void seen_call(struct seen *seen, int64_t host_id);
/* Hands all that wait to the writer. Calls that come later are not noted. */
void seen_stop(struct seen *seen);
