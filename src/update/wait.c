// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/wait.h"

static void on_time(void *ctx);

void waits_init(struct waits *waits, struct loop *loop, int64_t limit_ms)
{
    *waits = (struct waits){ .loop = loop, .limit_ms = limit_ms };
    TAILQ_INIT(&waits->list);
}

void waits_done(struct waits *waits)
{
    timer_stop(&waits->timer);
    TAILQ_INIT(&waits->list);
    waits->count = 0;
}

static void set_timer(struct waits *waits)
{
    const struct waiter *first = TAILQ_FIRST(&waits->list);
    if (first)
        timer_set(&waits->timer, waits->loop, first->until_ms, on_time, waits);
    else
        timer_stop(&waits->timer);
}

/* All whose time is over or whose seq is applied leave the list before the first call, since a
 * call may bring in others. */
static void tell(struct waits *waits, int64_t now_ms)
{
    struct waiter_list ready = TAILQ_HEAD_INITIALIZER(ready);
    struct waiter *waiter = NULL;
    for (struct waiter *next = TAILQ_FIRST(&waits->list); (waiter = next);) {
        next = TAILQ_NEXT(waiter, links);
        if (waiter->seq > waits->applied_seq && waiter->until_ms > now_ms)
            continue;
        TAILQ_REMOVE(&waits->list, waiter, links);
        TAILQ_INSERT_TAIL(&ready, waiter, links);
        waits->count--;
    }
    while ((waiter = TAILQ_FIRST(&ready))) {
        TAILQ_REMOVE(&ready, waiter, links);
        waiter->fn(waiter->ctx, waiter->seq <= waits->applied_seq);
    }
    set_timer(waits);
}

static void on_time(void *ctx)
{
    struct waits *waits = (struct waits *)ctx;
    tell(waits, loop_now_ms(waits->loop));
}

void waits_add(struct waits *waits, struct waiter *waiter, int64_t seq)
{
    if (seq <= waits->applied_seq || !waits->loop) {
        waiter->fn(waiter->ctx, seq <= waits->applied_seq);
        return;
    }
    waiter->seq = seq;
    waiter->until_ms = loop_now_ms(waits->loop) + waits->limit_ms;
    TAILQ_INSERT_TAIL(&waits->list, waiter, links);
    waits->count++;
    if (TAILQ_FIRST(&waits->list) == waiter)
        set_timer(waits);
}

void waits_applied(struct waits *waits, int64_t seq)
{
    waits->applied_seq = seq;
    if (!TAILQ_EMPTY(&waits->list))
        tell(waits, loop_now_ms(waits->loop));
}

void waits_met(struct waits *waits, int64_t seq)
{
    struct waiter *waiter = TAILQ_FIRST(&waits->list);
    while (waiter && waiter->seq != seq)
        waiter = TAILQ_NEXT(waiter, links);
    if (!waiter)
        return; /* its time was over */
    TAILQ_REMOVE(&waits->list, waiter, links);
    waits->count--;
    set_timer(waits);
    waiter->fn(waiter->ctx, true);
}
