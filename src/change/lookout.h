// SPDX-License-Identifier: GPL-3.0-or-later
/* lookout.h - looks at the heartbeats of all hosts: how many are in which state, and which are silent
 * without anybody having noted it.
 *
 * A round goes over the tables in memory in slices, and never over the database. When it has seen
 * all, the silent ones are handed to the writer, some at a time (silence.h). An owner whose hosts
 * fall silent one after another gets one mail: it waits until the first of them was silent for
 * LOOKOUT_GATHERS_S.
 *
 * When many owners' hosts should have called by now and none at all did, it is us whom nobody
 * reaches: nothing is noted until one calls, and the time does not count (outages.h). Only for the
 * files of this room. */
#pragma once

#include "change/outages.h"
#include "change/silence.h"

enum {
    LOOKOUT_SLICE = 4096,      /* hosts, some 0.3 ms of the loop */
    LOOKOUT_FIRST_MS = 2000,   /* after the start */
    LOOKOUT_SLICE_MS = 50,     /* between two slices */
    LOOKOUT_PERIOD_MS = 30000, /* between two rounds */
    LOOKOUT_GATHERS_S = 600,
    LOOKOUT_SILENT_MAX = 20000, /* of a round; the others wait for the next one */
    /* So many calls that did not come, of so many owners' hosts, are our trouble. */
    LOOKOUT_MISSED = 20,
    LOOKOUT_OWNERS = 20,
    LOOKOUT_OWNER_BITS = 1024
};

struct lookout_counts {
    size_t hosts[HEARTBEAT_STATES];
};

struct lookout {
    struct outages *outages; /* NULL: not started, or stopped */
    struct silence silence;
    bool (*is_ready)(void *ctx); /* the tables are complete */
    void (*went_round)(void *ctx);
    void *ctx;
    struct timer timer;
    struct lookout_counts counts; /* of the last whole round */

    /* Of the round that goes on. */
    int64_t after; /* id */
    struct lookout_counts counting;
    double calls_per_s; /* that are expected of those that are not known to be silent */
    uint8_t owners[LOOKOUT_OWNER_BITS / 8];
    struct silent_host *silent;
    size_t silent_count, silent_room, handed;
    int64_t deaf_since_s; /* 0: we are not */
};

struct lookout_options {
    struct outages *outages;
    struct resident *resident;
    const struct post *post;
    bool (*is_ready)(void *ctx);
    void (*went_round)(void *ctx); /* once for each round */
    void *ctx;
};

/* All are lent. */
void lookout_start(struct lookout *lookout, const struct lookout_options *options);
void lookout_stop(struct lookout *lookout);
/* The state of a host as of now. `outages` as struct lookout has them. */
enum heartbeat_state lookout_judge(const struct outages *outages,
                                   const struct resident_beat *beat, int64_t now_s);
