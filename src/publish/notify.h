// SPDX-License-Identifier: GPL-3.0-or-later
/* notify.h - tells secondaries which zones have changed (NOTIFY, RFC 1996).
 *
 * Each zone is told to each address of the secondaries that have it, once at the start and
 * then whenever its serial is another one: at once, and again after 1, 2, 4 ... 60 seconds
 * until it is acknowledged, some ten minutes long. Somebody who has been silent for long is
 * told of new changes nevertheless, at most once a second, and when he answers, of all that he
 * missed: he may be back. There is never more than one request on its
 * way for a zone and an address; what changes in between leads to one more after the
 * acknowledgement, NOTIFY_GAP_MS after the one before at the earliest, since a secondary may
 * spend much on each (NSD starts a process). So a slow one hears of the last change alone. All
 * together send at most NOTIFY_RATE a second; what has to wait costs one number each. A secondary that heard
 * nothing finds out by itself when its SOA timers say so. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "dns/name.h"
#include "dns/tsig.h"

struct loop;
struct notify;

enum {
    NOTIFY_TARGETS_MAX = 64, /* addresses of all secondaries; more are passed over */
    NOTIFY_RATE = 200,       /* a second */
    NOTIFY_GAP_MS = 20,      /* between two requests for a zone to an address */
};

struct notify_address {
    struct ip ip;
    uint16_t port;
};

struct notify_secondary {
    const char *title;
    const struct tsig_key *key; /* NULL: unsigned */
    const struct notify_address *addresses;
    size_t address_count;
    const struct name *zones;
    size_t zone_count; /* 0: all zones */
};

/* A secondary that refused, was silent or signed badly; once for each address until it has
 * acknowledged something. `why` lives during the call. */
typedef void (*notify_trouble_fn)(void *ctx, const char *title, const char *why);

struct notify_options {
    struct loop *loop;
    const struct notify_secondary *secondaries; /* and what they point to: borrowed */
    size_t secondary_count;
    notify_trouble_fn trouble; /* may be NULL */
    void *ctx;
};

struct notify *notify_new(const struct notify_options *options);
void notify_free(struct notify *notify);
CLEANER(notify_free, struct notify *)

/* A zone of the image that is being made; of several serials for a zone the first counts. */
void notify_note(struct notify *notify, const struct name *zone, uint32_t serial);
/* That image is in place: what was noted since the last call is told, as far as it is new. */
void notify_commit(struct notify *notify);
/* It is not: what was noted since the last call never was. */
void notify_forget(struct notify *notify);

/* A zone of the image that is in place has this serial now; the others are as they were. */
void notify_change(struct notify *notify, const struct name *zone, uint32_t serial);

struct notify_state {
    const char *title;      /* lent */
    int64_t acknowledged_s; /* the last time, seconds since 1970; 0: never */
    size_t waiting;         /* requests on their way and in the queue */
    size_t failures;        /* requests refused or given up */
};
/* Of the secondary number `index`, in the order of the options. */
void notify_get_state(const struct notify *notify, size_t index,
                      struct notify_state *out);
