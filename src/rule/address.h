// SPDX-License-Identifier: GPL-3.0-or-later
/* address.h - the one rule for addresses: which ones a host should have after an update. Pure.
 *
 * Every dialect uses it, so that the same values mean the same in all of them:
 * - The text of an address tells its family, never the name of the parameter.
 * - Named values decide. The source address counts only if no value is named.
 * - A family that is not named stays as it is in mode dual, and is withdrawn in mode follow.
 * - If a family has several addresses, the last valid one counts, or all of them if the host keeps
 *   several.
 * - Valid addresses apply and are listed even if others are not valid. If none is, it is BADIP.
 * - An interface id and a prefix of the same request make one address.
 * docs/addresses.md has every case. */
#pragma once

#include <stdbool.h>

#include "base/addresses.h"
#include "base/str.h"
#include "rule/network_set.h"

enum rule_role {
    RULE_ADDRESS, /* an address of either family, or an IPv6 address with /length */
    RULE_PREFIX,  /* an IPv6 prefix for hosts that follow this one */
    /* As RULE_ADDRESS, but the parameter is unknown: it counts only for a family that no other
     * value names. */
    RULE_STRANGE,
};

/* Why a piece of a value is ignored. */
enum rule_why {
    RULE_NO_ADDRESS,
    RULE_UNPUBLISHABLE, /* no host, or not this one, may have the address */
    RULE_NO_LENGTH,     /* a prefix without a length */
    RULE_BAD_LENGTH,    /* a prefix may not have this length */
    RULE_NO_RIGHT,      /* a prefix for followers, but the token may not renumber */
    RULE_OTHER_COUNTS,  /* another piece of the same kind counts instead */
    RULE_NO_PREFIX,     /* an interface id that fits into no prefix */
    RULE_OFFLINE,       /* the word for offline overrides it */
    RULE_BLOCKED,       /* no host may point to its network */
};
enum {
    RULE_WHYS = RULE_BLOCKED + 1
};
const char *rule_why_word(enum rule_why why);

/* A piece that is ignored: the number of its value, its own number in the value (or RULE_WHOLE),
 * and an enum rule_why. */
struct rule_ignored {
    uint8_t value, piece, why;
};
enum {
    RULE_WHOLE = UINT8_MAX,
    RULE_IGNORED_MAX = 8 /* so many are listed; there may be more */
};

/* One parameter, decoded. It may hold a comma list. */
struct rule_value {
    enum rule_role role;
    struct str text;
};

struct rule_request {
    const struct rule_value *values;
    size_t count;
    struct ip source;
    bool offline; /* the dialect's explicit word for "no address" */
    /* The token has the right `prefix`: a prefix counts for followers. False: has_prefix is never
     * set. */
    bool may_renumber;
};

struct rule_host {
    const struct addresses *now; /* the newest ones, queued changes included */
    bool withdraws; /* mode follow: a family that is not named is withdrawn */
    bool offline, round_robin;
    bool replaced; /* others stand in DNS until its next call, which is a change then */
    bool private_allowed;    /* the operator's choice for all hosts */
    bool private_here;       /* the choice for this one */
    uint8_t interface_id[8]; /* all zeros: none */
    uint16_t subnet;         /* the subnet's number within a prefix */
    /* To which no host may point; NULL: there are none. What the host has already is not judged
     * again, so that to repeat it costs nothing. */
    const struct network_set *blocked;
};

enum rule_verdict {
    RULE_CHANGE, /* addresses or state will change */
    RULE_SAME,   /* all stays as it is */
    /* No value can be used, or the source is not publishable. The decision then leaves all as it
     * is. */
    RULE_BAD_IP,
};

enum {
    RULE_REPLY_MAX = 16
};

struct rule_decision {
    enum rule_verdict verdict;
    struct addresses wanted;
    /* Which families of `wanted` the request decides. Of another family `wanted` has the known
     * addresses; whoever applies the decision must not change that family. */
    bool decides_v4, decides_v6;
    bool offline; /* the host's state after it */
    /* The accepted addresses in the order of the request. If only a prefix came, the host's
     * addresses. */
    struct ip reply[RULE_REPLY_MAX];
    size_t reply_count;
    bool has_prefix; /* followers take over `prefix` */
    struct prefix prefix;
    bool from_source; /* no value was named: the source address counts */
    struct rule_ignored ignored[RULE_IGNORED_MAX];
    size_t ignored_count;
    /* The operator's choice for all hosts, which followers need too. */
    bool private_allowed;
};

/* Decides for one request. */
void rule_decide(const struct rule_request *request, const struct rule_host *host,
                 struct rule_decision *out);

/* The lengths of prefixes that followers can take over: from a site's to one network's. */
enum {
    RULE_PREFIX_MIN = 48,
    RULE_PREFIX_MAX = 64
};

/* A follower's address: the prefix, the subnet's number and the interface id. ERR_LIMIT: the number
 * does not fit between the prefix and bit 64, or the prefix does not have RULE_PREFIX_MIN to
 * RULE_PREFIX_MAX bits. */
MUST_CHECK enum status rule_follow(struct prefix prefix, uint16_t subnet,
                                   const uint8_t interface_id[8], struct ip *out);

/* The addresses of a follower after its leader has taken the prefix of `decision`. The follower's
 * IPv6 addresses become the one of its interface id or, without one, keep their lower bits. IPv4
 * stays. False, and *wanted is untouched: the follower has neither, its subnet does not fit, it is
 * offline, or it may not have such an address. */
bool rule_renumber(const struct rule_decision *decision, const struct rule_host *host,
                   struct addresses *wanted);

/* Whether a piece means "no address": it is empty, or all zeros in any spelling. */
bool rule_is_absent(struct str piece);
