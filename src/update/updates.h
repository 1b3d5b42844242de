// SPDX-License-Identifier: GPL-3.0-or-later
/* updates.h - what all updates of front share: what they are given, their limits, and what
 * became of them.
 *
 * Nothing here touches DNS: what changes goes through change/. */
#pragma once

#include <stdbool.h>

#include "account/keys.h"
#include "base/clock.h"
#include "base/throttle.h"
#include "update/dialect.h"
#include "update/update.h"
#include "update/wait.h"

struct events;
struct ring;
struct ring_entry;

/* Since the start. */
struct update_counts {
    /* By dialect and code: one for each host, or one for a call that is refused as a whole. */
    uint64_t outcomes[DIALECTS_MAX][UPDATE_CODES];
    uint64_t in_clear;         /* calls with a valid token that came without TLS */
    uint64_t strangers_slowed; /* calls without a valid token that were answered 911 */
    uint64_t hosts_slowed;     /* changes past a host's ceiling */
};

/* The update whose reply is being written. */
struct update_reply {
    const struct update *update;
    const struct update_result *result;
};

/* It stays where it is from updates_init() to updates_done(). */
struct updates {
    /* Set before updates_init(); all lent. */
    struct change *change;
    const struct keys *keys;
    const struct clock *clock;
    struct loop *loop;         /* NULL: no update waits for the image */
    size_t hosts_max;          /* hosts that one update may name */
    uint32_t changes_per_hour; /* of one host, before it is slowed; 0: any number */
    bool ready;                /* false: updates get 503 and 911 */
    /* Asks publish to tell by updates_acknowledged(number) when all secondaries have acknowledged
     * what the image has of the zone. NULL: there is nobody to ask, and nobody waits. */
    void (*ask_secondaries)(void *ctx, int64_t number, const struct name *zone);
    void *ask_ctx;
    bool is_tls_usual; /* there is HTTPS: new hosts take no token in clear */
    /* While somebody listens to these, `reported` gets each request that named a host. NULL: nobody
     * can listen. Lent. */
    const struct events *events;
    void (*reported)(void *ctx, const struct ring_entry *entry);
    void *reported_ctx;
    /* Where strangers that register (acmedns.h) get a host; NULL: they do not. Lent. */
    const struct name *register_zone;

    /* Its own. */
    struct ring *ring;               /* the newest requests */
    struct throttle *strangers;      /* bad credentials, by source */
    struct bucket_rule host_changes; /* of one host; the bucket is part of the host */
    struct waits waits;              /* for the image */
    struct waits secondaries;        /* for their acknowledgements, by `asked` */
    int64_t asked;                   /* the number of the last question */
    struct update_counts counts;
    const struct update_reply *replying; /* NULL: no reply is being written */
};

void updates_init(struct updates *updates);
/* Other limits than those of updates_init(), from now on. */
void updates_limit(struct updates *updates, size_t hosts_max, uint32_t changes_per_hour);
/* Updates that still wait for the image get no reply: their exchanges end with the server. */
void updates_done(struct updates *updates);

/* Updates are taken: the tables are whole, and no commit has failed. */
bool updates_are_ready(const struct updates *updates);
/* The local image carries all changes up to `seq`. */
void updates_applied(struct updates *updates, int64_t seq);
/* The secondaries have acknowledged what the question of that number was about. */
void updates_acknowledged(struct updates *updates, int64_t number);
