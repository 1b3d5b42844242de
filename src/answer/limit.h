// SPDX-License-Identifier: GPL-3.0-or-later
/* limit.h - how many replies of a kind one network gets over UDP, where nobody can tell whether
 * it asked for them.
 *
 * One table of a fixed size (base/throttle.h), looked at once for each reply. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/str.h"

enum {
    LIMIT_RATE_MAX = 1000, /* a second */
    /* Of the table, 16384 places. Who is not at his rate has one for a few milliseconds, so that
     * these do, and stay in the processor's cache. */
    LIMIT_BYTES = 128 * 1024,
    LIMIT_NAME_SIZE = 255,
};

/* Replies that count together, beside their network. */
enum limit_kind {
    LIMIT_ANSWERS,   /* of one name; those of a wildcard are its zone's */
    LIMIT_NO_NAMES,  /* of one zone */
    LIMIT_REFERRALS, /* to one zone */
    LIMIT_ERRORS,    /* all of them */
};

struct throttle;
/* `rate` replies a second, from 1 to LIMIT_RATE_MAX, and as many at once. The caller frees it. */
struct throttle *limit_new(uint32_t rate);

/* What a reply counts with. */
struct limit_reply {
    enum limit_kind kind;
    struct str name; /* a name's wire form, or empty */
    size_t times;    /* as so many replies it counts, at least 1 */
};
/* Whether one more reply may be sent; if so, it counts. `now_ms` is of a steady clock. */
bool limit_admits(struct throttle *limit, const struct ip *client,
                  const struct limit_reply *reply, int64_t now_ms);
