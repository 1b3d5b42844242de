// SPDX-License-Identifier: GPL-3.0-or-later
/* wait.h - updates that wait until something has come about, for a limited time: until the local
 * image carries a change, or until the secondaries have acknowledged it.
 *
 * All of a list wait for the same time, so one timer and the order of arrival are enough. */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "net/loop.h"

enum {
    WAIT_IMAGE_MS = 2000,
    WAIT_SECONDARIES_MS =
        5000 /* a request that was lost is sent again after 1 s and 2 s */
};

/* In the caller's storage until `fn` is called. */
struct waiter {
    TAILQ_ENTRY(waiter) links;
    int64_t seq, until_ms;
    void (*fn)(void *ctx, bool seen);
    void *ctx;
};

struct waits {
    struct loop *loop;
    int64_t limit_ms;
    TAILQ_HEAD(waiter_list, waiter) list; /* in the order of arrival */
    struct timer timer;
    int64_t applied_seq;
    size_t count;
};

/* `loop` NULL: nothing ever waits. */
void waits_init(struct waits *waits, struct loop *loop, int64_t limit_ms);
/* Forgets all waiters without a call. */
void waits_done(struct waits *waits);

/* Calls waiter->fn, which the caller has set, exactly once: at once when `seq` is applied
 * already, else when it is, or when the time is over (`seen` is false then). */
void waits_add(struct waits *waits, struct waiter *waiter, int64_t seq);
/* The image carries all changes up to `seq`. */
void waits_applied(struct waits *waits, int64_t seq);
/* What the waiter of `seq` waits for has come about; the others wait on. */
void waits_met(struct waits *waits, int64_t seq);
