// SPDX-License-Identifier: GPL-3.0-or-later
/* events.h - GET /api/v1/events: what happens (change/events.h) as server-sent events.
 *
 * A stream begins with what its listener has missed, if it says what it heard last, and with what
 * the image carries. It ends with the session or token by which it was asked for, and when the
 * rank of the account or the rights of the token change: that is looked at once a second, and
 * before anything is told. */
#pragma once

#include "change/events.h"
#include "http/server.h"
#include "http/stream.h"
#include "net/queue.h"
#include "rest/rest.h"

struct ring_entry;

enum {
    LISTENERS_PER_HOLDER = 4,   /* of one session or token: a page each, for some tabs */
    LISTENERS_PER_ACCOUNT = 32, /* so that no account takes all places */
    /* A quarter of the usual number of connections. Each costs the kernel some 8 kB, or 80 when
     * its peer does not read. */
    LISTENERS_MAX = 1024,
    LISTENERS_CHECK_MS = 1000
};

struct listening;
LIST_HEAD(listening_list, listening);

/* It stays where it is from api_events_init() to api_events_done(). */
struct api_events {
    struct rest *rest;     /* lent */
    struct events *events; /* lent; NULL: nobody can listen */
    struct loop *loop;

    struct listening_list all;
    size_t count;
    struct queue checks;
};

/* The first three members are set. */
void api_events_init(struct api_events *events);
/* Ends all streams. */
void api_events_done(struct api_events *events);

/* Replies with a stream, or with a problem: 429, too many of this session, token or account; 503,
 * too many in all. */
void api_events_begin(struct api_events *events, struct http_exchange *exchange,
                      const struct rest_listening *what);

/* A request that named a host has ended; for updates.reported. `ctx` is a struct api_events. */
void api_events_report(void *ctx, const struct ring_entry *entry);
