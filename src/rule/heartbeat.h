// SPDX-License-Identifier: GPL-3.0-or-later
/* heartbeat.h - how often a host calls, and what its silence means. Pure.
 *
 * The period is what its owner says, or is learned from the calls: of each ten intervals nine are
 * not longer. Devices that call twice within seconds, or miss a call, change it little. A host that
 * calls at odd times, or less than every three weeks, has none, and nothing is expected of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum heartbeat_state {
    HEARTBEAT_UNKNOWN = 0, /* nothing is expected of it */
    HEARTBEAT_FRESH = 1,
    HEARTBEAT_LATE = 2,  /* it has missed a call */
    HEARTBEAT_SILENT = 3 /* it has missed several */
};

enum {
    HEARTBEAT_STATES = HEARTBEAT_SILENT + 1,
    HEARTBEAT_BITS = 11, /* of what is learned */
    HEARTBEAT_PERIOD_MIN_S = 60,
    HEARTBEAT_PERIOD_MAX_S = 21 * 86400,
    /* No host is silent before. */
    HEARTBEAT_SILENT_SET_S = 600,
    HEARTBEAT_SILENT_LEARNED_S = 3600,
};

/* What is known after a call that came `interval_s` after the one before; 0 is to know nothing. */
uint16_t heartbeat_learn(uint16_t known, int64_t interval_s);
/* The period in seconds; 0: none, or none yet. */
int64_t heartbeat_learned_s(uint16_t known);

struct heartbeat {
    int64_t expected_s; /* 0: nothing is expected */
    bool is_learned;
};
/* What is expected of a host whose owner says `liveness_s` (0: nothing). */
struct heartbeat heartbeat_of(int64_t liveness_s, uint16_t known);
/* How long after its last call the host is late, or silent. */
int64_t heartbeat_late_after_s(struct heartbeat heartbeat);
int64_t heartbeat_silent_after_s(struct heartbeat heartbeat);
enum heartbeat_state heartbeat_judge(struct heartbeat heartbeat, int64_t age_s);

/* A time in which no host could reach us. */
struct heartbeat_outage {
    int64_t from_s, until_s;
};
enum {
    HEARTBEAT_OUTAGES_MAX = 8
};
struct heartbeat_outages {
    struct heartbeat_outage list[HEARTBEAT_OUTAGES_MAX]; /* the oldest first */
    size_t count;
};
/* One that has ended, and began after the others; if it overlaps the newest one, both become one.
 * When there is no room, the two oldest become one that holds both: a host is given too much time
 * rather than too little. */
void heartbeat_add_outage(struct heartbeat_outages *outages,
                          struct heartbeat_outage outage);
/* How long the host has had to call since `seen_s`: without the outages, and never negative. */
int64_t heartbeat_age_s(const struct heartbeat_outages *outages, int64_t seen_s,
                        int64_t now_s);
