// SPDX-License-Identifier: GPL-3.0-or-later
/* limit.h - limits how many replies of a kind one network gets over UDP, as nobody can tell whether
 * it has asked for them.
 *
 * There is one table of a fixed size (base/throttle.h), with one look-up for each reply. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/str.h"
#include "dns/message.h"

enum {
    LIMIT_RATE_MAX = 1000, /* a second */
    /* Size of the table, which has 16384 places. A network below its rate needs one only for some
     * milliseconds, so that these are enough, and fit into the processor's cache. */
    LIMIT_BYTES = 128 * 1024,
    LIMIT_NAME_SIZE = 255,
};

/* Which replies to a network count together. */
enum limit_kind {
    LIMIT_ANSWERS,   /* answers for one name; those from a wildcard count for its zone */
    LIMIT_NO_NAMES,  /* NXDOMAIN of one zone */
    LIMIT_REFERRALS, /* referrals to one zone */
    LIMIT_ERRORS,    /* all errors */
};

struct throttle;
/* Allows `rate` replies a second, from 1 to LIMIT_RATE_MAX, and as many at once. The caller frees
 * it. */
struct throttle *limit_new(uint32_t rate);

/* A reply that counts. */
struct limit_reply {
    enum limit_kind kind;
    struct str name; /* a name's wire form, or empty */
    size_t times;    /* it counts as so many replies, at least 1 */
};
/* NXDOMAIN is an answer. */
bool limit_is_error(enum dns_rcode rcode);
/* What the reply to a question for `name` counts with, by what the search found: sets kind and
 * name, which is lent by both. An answer from a wildcard counts for its zone, as the wildcard has any
 * number of names. */
struct search;
struct name;
void limit_classify(const struct search *search, const struct name *name,
                    enum dns_rcode rcode, struct limit_reply *out);
/* Whether this reply may be sent; if so, it counts. `now_ms` is of a steady clock. */
bool limit_admits(struct throttle *limit, const struct ip *client,
                  const struct limit_reply *reply, int64_t now_ms);
