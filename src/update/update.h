// SPDX-License-Identifier: GPL-3.0-or-later
/* update.h - an update call as all dialects mean it: who asks, which hosts, which addresses.
 *
 * A dialect fills a `struct update`. update_run() authorises it for each host, hands it to
 * change/ and gives back one outcome per host. The dialect puts the outcomes into its words.
 * What became of each host is counted and kept for diagnosis (report.h) before the reply.
 *
 * There are two throttles. A source that sends wrong credentials gets badauth 20 times at once
 * and then every 10 s; in between it gets 911. A valid token is looked up before any throttle,
 * so it is never refused for what others do from the same source. A host that changes too often
 * gets 911 for its further changes; an update that changes nothing is never slowed. */
#pragma once

#include "base/arena.h"
#include "change/change.h"
#include "change/txt.h"

struct updates;

enum {
    UPDATE_VALUES_MAX = 16,
    UPDATE_PASSED_MAX = 4
};

/* A parameter whose value looks like an address, although it is none of the values. */
struct update_passed {
    struct str name, value;
    const char *why;
};

enum update_code {
    UPDATE_GOOD,
    UPDATE_NOCHG,
    UPDATE_NOTFQDN,
    UPDATE_NOHOST,
    UPDATE_BADIP,
    UPDATE_ABUSE,
    UPDATE_NUMHOST,
    UPDATE_BADTXT,
    UPDATE_BADAUTH,
    UPDATE_TROUBLE, /* our side: 911 */
};

/* The reason for a code, for diagnosis only. */
enum update_why {
    WHY_NOTHING,
    WHY_CHANGED,
    WHY_SAME,
    WHY_NO_CREDENTIALS,
    WHY_UNKNOWN_TOKEN,
    WHY_EXPIRED,
    WHY_WRONG_NETWORK,
    WHY_NO_RIGHT,
    WHY_ACCOUNT_BLOCKED,
    WHY_PLAIN_HTTP,
    WHY_NOT_FQDN,
    WHY_NO_SUCH_HOST,
    WHY_NOT_ON_TOKEN,
    WHY_NOT_OWNER,
    WHY_NO_WILDCARD,
    WHY_HOST_DISABLED,
    WHY_HOST_ABUSE,
    WHY_TOO_MANY,
    WHY_BAD_ADDRESS,
    WHY_BAD_TXT,
    WHY_NO_PLACE,
    WHY_THROTTLED,
    WHY_NOT_READY,
    WHY_TROUBLE,
};

enum {
    UPDATE_CODES = UPDATE_TROUBLE + 1,
    UPDATE_WHYS = WHY_TROUBLE + 1
};

/* Values by which the hosts prove their names to a certificate authority. */
struct update_txt {
    struct txt_change change;
    bool is_bad; /* a value is none, there is none, or there are too many */
    bool alone;  /* the request names no addresses: they stay as they are */
};

/* Without values; they stay for CHALLENGE_LIFE_S. */
struct update_txt *update_txt_new(struct arena *arena);

struct update {
    struct str secret; /* as it came; empty: none */
    struct str hosts;  /* comma list, as it came */
    struct rule_value values[UPDATE_VALUES_MAX];
    struct str names[UPDATE_VALUES_MAX]; /* of the parameters that the values stood in */
    size_t value_count;
    struct update_passed *passed; /* the first ones, or NULL */
    size_t passed_count;
    bool offline;
    bool dry_run; /* reply with what would happen, and change nothing */
    bool wait;    /* reply when the local image carries the change, or after 2 s */
    struct update_txt *txt;      /* NULL: the request has none */
    struct change_origin origin; /* token_id is filled in */
};

struct update_outcome {
    enum update_code code;
    enum update_why why;
    struct ip addresses[RULE_REPLY_MAX];
    size_t address_count;
    /* What became of the values (rule/address.h), for diagnosis only. */
    bool takes_addresses; /* `addresses` are of this request */
    bool from_source;
    bool has_prefix;
    struct prefix prefix;
    struct rule_ignored ignored[RULE_IGNORED_MAX];
    size_t ignored_count;
};

struct update_result {
    bool whole; /* `code` speaks for the whole call, and there are no outcomes */
    enum update_code code;
    enum update_why why;                   /* with `whole` */
    const struct update_outcome *outcomes; /* in the order of the hosts */
    size_t count;
    bool unseen; /* with `wait`: committed, but not in the image within WAIT_IMAGE_MS */
    /* With `wait` and `txt`: not acknowledged by all secondaries within WAIT_SECONDARIES_MS. */
    bool unacknowledged;
};

/* `result` lives during the call. */
typedef void (*update_done_fn)(void *ctx, const struct update_result *result);

/* Calls `done` exactly once, now or after the commit. `update` and `arena` live until
 * then. */
void update_run(struct updates *updates, struct arena *arena, struct update *update,
                update_done_fn done, void *ctx);

/* "good", "token expired": words for people and for metrics; "?" past the last. */
const char *update_code_word(enum update_code code);
const char *update_why_word(enum update_why why);
