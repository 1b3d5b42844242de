// SPDX-License-Identifier: GPL-3.0-or-later
/* event.h - events (change/events.h) as JSON, and those that a listener has missed. */
#pragma once

#include "change/events.h"
#include "rest/rest.h"

struct ring_entry;

enum {
    /* Changes that are told again to a listener that comes back, and rows of the journal in which
     * they are looked for: some 3 ms of the loop's time. */
    EVENT_REPLAY_MAX = 100,
    EVENT_REPLAY_WALK = 1000
};

/* What is told of a host that has changed: the host as GET /hosts/NAME shows it; or its name, and
 * that it is removed, for an account that has it no more. ERR_NOT_FOUND: nothing is known of it by
 * now. ERR_IO. */
MUST_CHECK enum status rest_event_host(const struct rest *rest, const struct event *event,
                                       struct json **out, struct error *err);
/* What is told of one whose newest change name servers serve. ERR_NOT_FOUND: the account has it no
 * more. ERR_IO. */
MUST_CHECK enum status rest_event_served(const struct rest *rest,
                                         const struct event *event, struct json **out,
                                         struct error *err);
/* A request that named a host, as GET /host-requests/NAME lists it. */
struct json *rest_request_json(const struct ring_entry *entry);

/* Calls `fn` for the changes of hosts of the account since `seq`, in order: for each host once, at
 * its newest change. ERR_NOT_FOUND, and `fn` was not called: they are too many, or too far back, or
 * it is not known whether a host was the account's. ERR_IO, and what `fn` gives. */
MUST_CHECK enum status rest_event_replay(const struct rest *rest, int64_t account_id,
                                         int64_t seq,
                                         enum status (*fn)(void *ctx,
                                                           const struct event *event),
                                         void *ctx, struct error *err);
