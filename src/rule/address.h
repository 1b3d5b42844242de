// SPDX-License-Identifier: GPL-3.0-or-later
/* address.h - the one rule for addresses: what a host should have after an update. Pure.
 *
 * Every dialect hands its values here, so that they all mean the same:
 * - A family is read from the address's text, never from the parameter's name.
 * - Named values decide; the source address counts only when no value was named at all.
 * - Mode dual leaves a family alone that was not named; mode follow withdraws it.
 * - Of several addresses of a family the last valid one counts, or all of them where the
 *   host keeps several.
 * - Valid ones apply and are listed although others are not; none valid is BADIP.
 * - An interface id and a prefix of the same request are put together.
 * docs/addresses.md has every case. */
#pragma once

#include <stdbool.h>

#include "base/addresses.h"
#include "base/str.h"

enum rule_role {
    RULE_ADDRESS, /* an address of either family, or an IPv6 address with /length */
    RULE_PREFIX,  /* an IPv6 prefix for hosts that follow this one */
    RULE_STRANGE, /* as RULE_ADDRESS, but nobody knows the parameter: it counts for a family
                     that no other value named */
};

/* Why a piece of a value has no part in what was decided. */
enum rule_why {
    RULE_NO_ADDRESS,
    RULE_UNPUBLISHABLE, /* no host, or not this one, may have it */
    RULE_NO_LENGTH,     /* a prefix without one */
    RULE_BAD_LENGTH,    /* none that a prefix may have */
    RULE_NO_RIGHT,      /* a prefix for followers, and the token may not renumber */
    RULE_OTHER_COUNTS,  /* another one of its kind does */
    RULE_NO_PREFIX,     /* an interface id, and no prefix that it fits into */
    RULE_OFFLINE,       /* the word for offline goes first */
};
enum {
    RULE_WHYS = RULE_OFFLINE + 1
};
const char *rule_why_word(enum rule_why why);

/* Where it stood: the value's number, and the piece's within it, or RULE_WHOLE. */
struct rule_ignored {
    uint8_t value, piece, why;
};
enum {
    RULE_WHOLE = UINT8_MAX,
    RULE_IGNORED_MAX = 8 /* are told; there may be more */
};

/* One parameter as it came, decoded; may hold a comma list. */
struct rule_value {
    enum rule_role role;
    struct str text;
};

struct rule_request {
    const struct rule_value *values;
    size_t count;
    struct ip source;
    bool offline;      /* the dialect's explicit word for "no address" */
    bool may_renumber; /* the token has the prefix right: a prefix counts for followers;
                          false: has_prefix is never set */
};

struct rule_host {
    const struct addresses *now; /* newest known, queued ones included */
    bool withdraws;              /* mode follow: a family that is not named goes */
    bool offline, round_robin;
    bool private_allowed;    /* the operator's choice for all hosts */
    bool private_here;       /* the choice for this one */
    uint8_t interface_id[8]; /* all zeros: none */
    uint16_t subnet;         /* its number within a prefix */
};

enum rule_verdict {
    RULE_CHANGE, /* addresses or state will change */
    RULE_SAME,   /* all as it is */
    RULE_BAD_IP, /* values came, none usable; or the source is not publishable. The rest of
                    the decision says then that all stays as it is. */
};

enum {
    RULE_REPLY_MAX = 16
};

struct rule_decision {
    enum rule_verdict verdict;
    struct addresses wanted;
    /* Which families of `wanted` the request decided; the other one is as it was known, and
     * whoever applies the decision leaves it as it is by then. */
    bool decides_v4, decides_v6;
    bool offline; /* the host's state after it */
    /* What was accepted, in the order sent; what the host has when only a prefix came. */
    struct ip reply[RULE_REPLY_MAX];
    size_t reply_count;
    bool has_prefix; /* followers take this one */
    struct prefix prefix;
    bool from_source; /* no value was named */
    struct rule_ignored ignored[RULE_IGNORED_MAX];
    size_t ignored_count;
    bool private_allowed; /* the operator's choice, as it holds for followers too */
};

void rule_decide(const struct rule_request *request, const struct rule_host *host,
                 struct rule_decision *out);

/* The prefixes that followers can take: a site's, down to one network. */
enum {
    RULE_PREFIX_MIN = 48,
    RULE_PREFIX_MAX = 64
};

/* A follower's address: the prefix, its subnet number, its interface id. ERR_LIMIT: the
 * subnet does not fit between the prefix and bit 64, or the prefix is not of
 * RULE_PREFIX_MIN to RULE_PREFIX_MAX bits. */
MUST_CHECK enum status rule_follow(struct prefix prefix, uint16_t subnet,
                                   const uint8_t interface_id[8], struct ip *out);

/* What a host that follows another should have when that one's prefix is `prefix`: its IPv6
 * addresses become the one of its interface id or, without one, of the lower bits that it
 * has. False, *wanted untouched: it has neither, its subnet does not fit, it is offline, or
 * it may not have such an address. IPv4 stays. */
bool rule_renumber(const struct rule_decision *decision, const struct rule_host *host,
                   struct addresses *wanted);

/* Whether the piece of a value says "no address": empty, or all zeros in any spelling. */
bool rule_is_absent(struct str piece);
