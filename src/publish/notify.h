// SPDX-License-Identifier: GPL-3.0-or-later
/* notify.h - notifies secondaries of zones that have changed (NOTIFY, RFC 1996).
 *
 * Each zone is announced to each address of the secondaries that have it: once at the start, and
 * then whenever its serial changes. The request is sent at once, and again after 1, 2, 4 ... 60
 * seconds until it is acknowledged, for some ten minutes. A secondary that has been silent for long
 * may be back: new changes are announced to it nevertheless, at most once a second, and when it
 * answers, everything that it missed. What was given up or refused is announced again after an
 * hour.
 *
 * Only one request is on its way for a zone and an address. Changes that come meanwhile lead to one
 * more after the acknowledgement, at least NOTIFY_GAP_MS after the one before, since a request may
 * cost a secondary much (NSD starts a process). So a slow secondary hears of the last change only.
 * All addresses together get at most NOTIFY_RATE requests a second. A zone that has to wait costs
 * one number per address. A secondary that got no request finds the change by its SOA timers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "dns/name.h"
#include "dns/tsig.h"

struct loop;
struct notify;

enum {
    NOTIFY_TARGETS_MAX = 64, /* addresses of all secondaries; further ones are ignored */
    NOTIFY_RATE = 200,       /* a second */
    NOTIFY_GAP_MS = 20,      /* between two requests for a zone to an address */
    NOTIFY_SECONDARIES_MAX = 64,
    NOTIFY_AWAITED_MAX = 1024, /* questions; of more, the oldest is forgotten */
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

/* A secondary refused, was silent or signed badly. Called once for each address until it has
 * acknowledged something. `why` is valid during the call. */
typedef void (*notify_trouble_fn)(void *ctx, const char *title, const char *why);

struct notify_options {
    struct loop *loop;
    void (*changed)(void *ctx); /* notify_get_state() shows something else; may be NULL */
    const struct notify_secondary *secondaries; /* borrowed, with all they point to */
    size_t secondary_count;                     /* at most NOTIFY_SECONDARIES_MAX */
    notify_trouble_fn trouble;                  /* may be NULL */
    /* The answer to notify_await(); may be NULL when that is never called. */
    void (*acknowledged)(void *ctx, int64_t number);
    /* A zone that was there before has another serial, or is gone. May be NULL. */
    void (*zone_changed)(void *ctx, uint32_t zone);
    void *ctx;
};

struct notify *notify_new(const struct notify_options *options);
void notify_free(struct notify *notify);
CLEANER(notify_free, struct notify *)

/* Notes a zone of an image that is to come into place. Of several serials the first counts. */
void notify_note(struct notify *notify, const struct name *zone, uint32_t serial);
/* That image is in place: announces what was noted since the last call, where it is new. */
void notify_commit(struct notify *notify);
/* That image is not in place: forgets what was noted since the last call. */
void notify_forget(struct notify *notify);

/* A zone of the image in place has this serial now; the others are as they were. */
void notify_change(struct notify *notify, const struct name *zone, uint32_t serial);

/* Says by `acknowledged`, now or later, when every secondary that has the zone has acknowledged the
 * serial of the image in place. `number` is the caller's own. Never, if one does not. */
void notify_await(struct notify *notify, const struct name *zone, int64_t number);

/* Zones have numbers from 0 to below this one, which only grows. */
uint32_t notify_zone_count(const struct notify *notify);
/* The zone of that number, and its serial. False: it is not in the image now. */
bool notify_get_zone(const struct notify *notify, uint32_t zone, struct name *out,
                     uint32_t *serial);
/* The number of a zone. False: it has none. */
bool notify_find_zone(const struct notify *notify, const struct name *name,
                      uint32_t *zone);
/* Whether the secondary with that index has to have the zone. */
bool notify_has_zone(const struct notify *notify, size_t index, uint32_t zone);

enum notify_result {
    NOTIFY_NOTHING, /* nothing has become of a request yet */
    NOTIFY_ACKNOWLEDGED,
    NOTIFY_REFUSED,
    NOTIFY_UNANSWERED, /* for so long that it was given up */
};

struct notify_state {
    const char *title; /* lent */
    enum notify_result last;
    int64_t acknowledged_s; /* when it acknowledged last, seconds since 1970; 0: never */
    size_t waiting;         /* requests on their way and in the queue */
    size_t sent;            /* requests, repeated ones too */
    size_t failures;        /* requests refused or given up */
    size_t behind;          /* zones of which it has not acknowledged the newest serial */
    int64_t behind_since_s; /* the one for longest, seconds since 1970; 0: none */
    bool has_serial;        /* it has acknowledged something, last of all: */
    struct name zone;
    uint32_t serial;
};
/* Of the secondary number `index`, in the order of the options. What any of its addresses
 * acknowledges, the secondary has acknowledged. Looks at all zones. */
void notify_get_state(const struct notify *notify, size_t index,
                      struct notify_state *out);
