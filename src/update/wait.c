// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/wait.h"

static void on_time(void *ctx);

void waits_init(struct waits *waits, struct loop *loop)
{
    *waits = (struct waits){ .loop = loop };
}

void waits_done(struct waits *waits)
{
    timer_stop(&waits->timer);
    waits->first = waits->last = NULL;
    waits->count = 0;
}

static void leave(struct waits *waits, struct waiter *waiter)
{
    if (waiter->before)
        waiter->before->after = waiter->after;
    else
        waits->first = waiter->after;
    if (waiter->after)
        waiter->after->before = waiter->before;
    else
        waits->last = waiter->before;
    waits->count--;
}

static void set_timer(struct waits *waits)
{
    if (waits->first)
        timer_set(&waits->timer, waits->loop, waits->first->until_ms, on_time, waits);
    else
        timer_stop(&waits->timer);
}

/* All whose time is over or whose seq is applied leave before the first is told, as telling
 * may bring in others. */
static void tell(struct waits *waits, int64_t now_ms)
{
    struct waiter *told = NULL, **end = &told;
    for (struct waiter *waiter = waits->first, *after; waiter; waiter = after) {
        after = waiter->after;
        if (waiter->seq > waits->applied_seq && waiter->until_ms > now_ms)
            continue;
        leave(waits, waiter);
        waiter->after = NULL;
        *end = waiter;
        end = &waiter->after;
    }
    while (told) {
        struct waiter *waiter = told;
        told = waiter->after;
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
    waiter->until_ms = loop_now_ms(waits->loop) + WAIT_IMAGE_MS;
    waiter->before = waits->last;
    waiter->after = NULL;
    if (waits->last)
        waits->last->after = waiter;
    else
        waits->first = waiter;
    waits->last = waiter;
    waits->count++;
    if (waits->first == waiter)
        set_timer(waits);
}

void waits_applied(struct waits *waits, int64_t seq)
{
    waits->applied_seq = seq;
    if (waits->first)
        tell(waits, loop_now_ms(waits->loop));
}
