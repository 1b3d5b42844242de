// SPDX-License-Identifier: GPL-3.0-or-later
/* outages.h - when no host could reach us, so that its silence then means nothing: the process was
 * down, hung or slept, the clock was set forward, or nobody at all got through.
 *
 * How far we came is written every few minutes and at the end. So a start knows how long we were
 * away, or up to a few minutes more. Only for the files of this room. */
#pragma once

#include "change/jobs.h"
#include "change/resident.h"

enum {
    OUTAGES_SHORT_S = 30, /* not worth noting */
    OUTAGES_TICK_MS = 30000,
    OUTAGES_HUNG_S = 120, /* between two ticks */
    OUTAGES_WRITTEN_S = 300
};

struct outages {
    struct jobs *jobs; /* NULL: not started, or stopped */
    struct resident *resident;
    struct heartbeat_outages known;
    int64_t tick_s, tick_ms; /* of the last tick, on both clocks */
    int64_t written_s;
    struct timer timer;
};

/* All are lent. What an earlier process wrote is read from `reader`. */
void outages_start(struct outages *outages, struct jobs *jobs, struct resident *resident,
                   struct store *reader);
/* Notes one that is known otherwise. */
void outages_add(struct outages *outages, int64_t from_s, int64_t until_s);
/* Hands the time to the writer. */
void outages_stop(struct outages *outages);
