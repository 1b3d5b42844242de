// SPDX-License-Identifier: GPL-3.0-or-later
/* seen.h - brings to the database when hosts called last, and on which day in clear (in_clear.h).
 *
 * A call is noted in memory. A host waits here only when the time in the database is old, or the
 * day another one. At most SEEN_RATE hosts are written a second, in one job of the writer. */
#pragma once

#include "change/jobs.h"
#include "change/resident.h"

enum {
    SEEN_RATE = 500,
    SEEN_WAITING_MAX = 8 * SEEN_RATE,
    SEEN_PERIOD_MS = 1000
};

struct seen_host {
    int64_t id;
    /* The day in clear, and how old what it replaces has to be; 0: the day stays. */
    int64_t in_clear_s, in_clear_before_s;
};

struct seen {
    struct jobs *jobs; /* NULL: not started, or stopped */
    struct resident *resident;
    struct seen_host hosts[SEEN_WAITING_MAX];
    size_t count;
    struct timer timer;
};

/* `jobs` and `resident` are lent. */
void seen_start(struct seen *seen, struct jobs *jobs, struct resident *resident);
/* The host called just now. When there is no room, its next call is written instead. */
void seen_call(struct seen *seen, int64_t host_id, bool encrypted);
/* The same of a call that says nothing of the host's addresses, and so only counts for the day in
 * clear. */
void seen_other_call(struct seen *seen, int64_t host_id, bool encrypted);
/* Hands all that wait to the writer. Calls that come later are not noted. */
void seen_stop(struct seen *seen);
