// SPDX-License-Identifier: GPL-3.0-or-later
/* events.h - what happens to hosts, for those who listen: pages and programs (api/events.h).
 *
 * Whoever learns of something posts it, with the account that may hear of it. If nobody listens, a
 * post costs a look; nothing is kept for an account that nobody listens to.
 *
 * What was posted is told from the loop soon after, a few events at a time. Of each kind a host has
 * one event in a second; a newer one takes the place of one that waits, so the last one is always
 * told. That a change is served is told after the change, and after the image carries it. An account
 * to which more than EVENTS_WAITING_MAX would wait or have been told within a second hears nothing
 * for EVENTS_PAUSE_MS, and then TOLD_RESET: it has to look itself. Of TOLD_SERVED there are
 * EVENTS_SERVED_MAX beside these; what is more is left out, as it is worth no TOLD_RESET.
 *
 * All calls are made on the loop's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct loop;

enum {
    EVENTS_OF_ALL = 0, /* in place of an account: everything that happens */
    EVENTS_PACE_MS = 1000,
    EVENTS_WAITING_MAX = 256,
    EVENTS_SERVED_MAX = 128,
    EVENTS_PAUSE_MS = 5000
};

enum event_kind {
    TOLD_HOST,   /* its row has changed; posted by change/ itself */
    TOLD_HEARD,  /* a device has called in for it */
    TOLD_FAILED, /* a request that named it has failed */
    TOLD_PUBLISHED, /* the local image carries more changes of the account; by change/ itself */
    TOLD_SERVED, /* name servers serve its newest change; by change/ itself */
    TOLD_RESET,  /* what happened is not told: the listener has to look itself */
    TOLD_KINDS
};

struct event {
    enum event_kind kind;
    int64_t account_id; /* that hears of it: it owns the host, or did so */
    int64_t host_id;    /* 0: it is about no host */
    /* TOLD_HOST, TOLD_SERVED: the host's newest change. TOLD_PUBLISHED: what the image carries. */
    int64_t seq;
    const char *data; /* one line of JSON; copied; NULL: the teller makes it */
    /* Set when it is told: all changes of the account up to this one have been told. */
    int64_t reached;
};

struct feed;
/* Is part of the object that listens. */
struct event_listener {
    LIST_ENTRY(event_listener) links;
    struct feed *feed; /* NULL: it does not listen */
    void *owner;
};
LIST_HEAD(event_listeners, event_listener);

struct events;

struct events *events_new(struct loop *loop);
/* Nobody may listen any more. */
void events_free(struct events *events);

/* What tells an event to all who listen to its account, which may let any of them leave. Without a
 * teller nobody may listen. */
typedef void (*events_tell_fn)(void *ctx, const struct event *event,
                               struct event_listeners *to);
void events_tell_by(struct events *events, events_tell_fn tell, void *ctx);

/* `account_id` may be EVENTS_OF_ALL. */
void events_listen(struct events *events, int64_t account_id,
                   struct event_listener *listener);
/* One that does not listen is fine. */
void events_leave(struct event_listener *listener);

/* Whether anybody listens to anything; whether anybody would hear of this account. */
bool events_are_wanted(const struct events *events);
bool events_has_listener(struct events *events, int64_t account_id);
void events_post(struct events *events, const struct event *event);

/* The newest change that was taken over; and what the local image carries, 0: not known. */
int64_t events_seq(const struct events *events);
int64_t events_published(const struct events *events);
/* For change/ itself. */
void events_committed(struct events *events, int64_t seq);
void events_applied(struct events *events, int64_t seq);
