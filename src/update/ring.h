// SPDX-License-Identifier: GPL-3.0-or-later
/* ring.h - the newest requests that named a host, and what became of them.
 *
 * It is in memory only, and its size is fixed. There are three lanes, so that frequent requests
 * do not push out the ones that people look for: neither successes nor strangers, who may send
 * anything, push out failures of valid tokens. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

enum ring_lane {
    RING_FINE,
    RING_FAILED,
    RING_STRANGER,
    RING_LANES
};

enum {
    RING_LANE_SIZE = 2048,
    RING_HOST_SIZE = 100,
    RING_AGENT_SIZE = 64,
    RING_TAKEN_MAX = 4,
    RING_IGNORED_SIZE = 192
};

struct ring_entry {
    int64_t number; /* by ring_put(); rises over all lanes */
    int64_t time_s;
    struct ip source;
    uint8_t dialect, code, why;
    bool encrypted, dry_run;
    bool from_source;      /* no parameter named an address */
    bool ignores;          /* there is text in `ignored` */
    uint8_t taken_count;   /* may be more than are kept */
    uint8_t prefix_length; /* 0: no prefix was taken for followers */
    struct ip taken[RING_TAKEN_MAX], prefix;
    char host[RING_HOST_SIZE]; /* all by ring_text() */
    char agent[RING_AGENT_SIZE];
    /* What was in the request and did not count. It is last because mostly there is none, and
     * then it is not copied. */
    char ignored[RING_IGNORED_SIZE];
};

struct ring;

/* `size` entries a lane. */
struct ring *ring_new(size_t size);
void ring_free(struct ring *ring);
CLEANER(ring_free, struct ring *)

/* A copy of `entry` becomes the newest of its lane. Gives its number. */
int64_t ring_put(struct ring *ring, enum ring_lane lane, const struct ring_entry *entry);
/* Which entries: with a number below `below` (0: any), of `since_s` or later. */
struct ring_span {
    int64_t below, since_s;
};
/* Entries of the host, newest first, at most `max`. They are lent until the next ring_put(). */
size_t ring_find(const struct ring *ring, struct str host, struct ring_span span,
                 const struct ring_entry **out, size_t max);

/* Text from outside as it is kept: cut to the storage, printable ASCII only, in lower case when
 * `folded`. What looks like a secret is left out: what is before an '@', and the remainder of a
 * word that begins with "rv_". */
void ring_text(struct str text, bool folded, char *out, size_t size);
