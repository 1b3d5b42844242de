// SPDX-License-Identifier: GPL-3.0-or-later
/* serial_watch.h - asks secondaries for the serials of their zones.
 *
 * notify.h knows what a secondary has acknowledged, here is what it serves. A zone that has changed
 * is asked for SERIAL_SOON_MS later, and again every SERIAL_LATER_MS until the secondary has the new
 * serial. Beside that all zones take turns: each is asked for once in SERIAL_ROUND_MS, or as often
 * as SERIAL_ROUND_RATE allows. All together get at most SERIAL_RATE questions a second.
 *
 * A secondary is behind with a zone from the change that it is not known to serve, or from an answer
 * that shows it. Of a zone that has not changed since this process began nothing is known until its
 * turn comes; that does not count. A zone costs eight bytes, and four for each secondary. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/name.h"

struct asker;
struct loop;
struct notify;
struct serial_watch;

enum {
    SERIAL_SOON_MS = 400,
    SERIAL_LATER_MS = 2000,
    SERIAL_ROUND_MS = 600000,
    SERIAL_ROUND_RATE = 20,
    SERIAL_RATE = 100,     /* a second */
    SERIAL_FLIGHT_MAX = 8, /* questions under way to one secondary */
};

/* Its addresses have these numbers as servers of the asker. */
struct serial_watch_secondary {
    size_t first_server, server_count;
};

struct serial_watch_options {
    struct loop *loop;
    struct asker *asker;         /* lent */
    const struct notify *notify; /* lent; zones and secondaries have its numbers */
    const struct serial_watch_secondary *secondaries; /* copied */
    size_t secondary_count;
    void (*changed)(void *ctx); /* serial_watch_get() shows something else */
    /* The answer to serial_watch_await(); may be NULL when that is never called. */
    void (*served)(void *ctx, int64_t number);
    void *ctx;
};

struct serial_watch *serial_watch_new(const struct serial_watch_options *options);
/* Before its asker. */
void serial_watch_free(struct serial_watch *watch);
CLEANER(serial_watch_free, struct serial_watch *)

/* As zone_changed of notify.h. */
void serial_watch_note(struct serial_watch *watch, uint32_t zone);

/* Says by `served`, now or later, when every secondary that has the zone, and is asked, has been
 * heard to serve the serial that it has now, or a newer one. `number` is the caller's own, and an
 * answer is one to its older questions about the zone, too. Never, if the zone is not in the image,
 * or a secondary does not come so far. */
void serial_watch_await(struct serial_watch *watch, const struct name *zone,
                        int64_t number);

struct serial_watch_state {
    size_t behind;            /* zones of which it does not serve the newest serial */
    int64_t behind_since_s;   /* the one for longest, seconds since 1970; 0: none */
    int64_t asked_s, heard_s; /* last; 0: never */
    uint32_t silences;        /* questions in a row that it has not answered */
};
/* Looks at all zones. */
void serial_watch_get(const struct serial_watch *watch, size_t index,
                      struct serial_watch_state *out);
/* Since when the secondary is behind with the zone; 0: it is not. */
int64_t serial_watch_behind_since(const struct serial_watch *watch, size_t index,
                                  uint32_t zone);
