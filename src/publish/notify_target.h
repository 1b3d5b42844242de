// SPDX-License-Identifier: GPL-3.0-or-later
/* notify_target.h - the requests (NOTIFY) to one address of a secondary; for notify.c.
 *
 * notify.c says which zones to announce, and gets the results. A target sends the requests, repeats
 * them and gives them up, as notify.h describes. Only NOTIFY_JOBS_MAX zones are under way at once;
 * the others wait in a queue. A target works only in notify_target_serve(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "publish/budget.h"
#include "publish/notify.h"

struct byteset;

enum {
    NOTIFY_JOBS_MAX = 32,   /* zones under way to one address */
    NOTIFY_PROBE_MS = 1000, /* between two requests to a silent secondary about changes */
};

struct notify_zone {
    bool is_announced; /* `serial` is the one that was announced last */
    uint32_t serial, noted;
    uint32_t round;  /* in which it was noted last */
    uint64_t queued; /* a bit for each target that has it in its queue */
};

/* What all targets share. */
struct notify_shared {
    struct loop *loop;
    struct byteset *names; /* numbers are places in `zones` */
    struct notify_zone *zones;
    size_t zone_count, zone_size;
    struct budget budget; /* for requests */
};
/* The name of the zone with this number. */
struct name notify_zone_name(const struct notify_shared *shared, uint32_t zone);

struct notify_acknowledgement {
    uint32_t zone;
    uint32_t serial; /* the serial that was announced */
    int64_t since_s; /* when the zone first changed after that; 0: it did not */
};

/* `ctx` is that of the options. */
struct notify_target_events {
    void (*acknowledged)(void *ctx, const struct notify_acknowledgement *what);
    /* A request was refused, or was given up, since the address is silent. */
    void (*failed)(void *ctx, bool is_silent);
    /* As notify_trouble_fn; `why` names the address. */
    void (*trouble)(void *ctx, const char *why);
    /* What notify_get_state() shows may have changed. */
    void (*changed)(void *ctx);
    /* Call notify_target_serve() soon. */
    void (*wake)(void *ctx);
};

struct notify_target_options {
    struct notify_shared *shared; /* lent */
    unsigned number;              /* its bit in `queued`; below NOTIFY_TARGETS_MAX */
    struct notify_address address;
    const struct tsig_key *key; /* lent; NULL: requests are not signed */
    const struct notify_target_events *events;
    void *ctx;
};

struct notify_target;
/* Copies the options. */
struct notify_target *notify_target_new(const struct notify_target_options *options);
void notify_target_free(struct notify_target *target);
CLEANER(notify_target_free, struct notify_target *)

/* The zone has a new serial, which `shared` has already. `now_s` is the wall clock. */
void notify_target_announce(struct notify_target *target, uint32_t zone, int64_t now_s);
/* Announces the serial of the zone once more, unless the zone is under way. */
void notify_target_remind(struct notify_target *target, uint32_t zone);

/* Sends what is due, as far as the budget goes. */
void notify_target_serve(struct notify_target *target);
/* When there is something to do again; INT64_MAX: nothing is due at any time. */
int64_t notify_target_next_ms(const struct notify_target *target);

/* Zones under way or in the queue. */
size_t notify_target_waiting(const struct notify_target *target);
/* Requests that were sent, including repeated ones. */
size_t notify_target_sent(const struct notify_target *target);
