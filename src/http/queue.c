// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/queue.h"

#include <assert.h>

static void expire(void *ctx)
{
    struct queue *queue = ctx;
    int64_t now_ms = loop_now_ms(queue->loop);
    while (queue->first && queue->first->since_ms + queue->delay_ms <= now_ms) {
        struct queue_entry *entry = queue->first;
        queue_remove(entry);
        queue->expired(entry->owner);
    }
    if (queue->first)
        timer_set(&queue->timer, queue->loop, queue->first->since_ms + queue->delay_ms,
                  expire, queue);
}

void queue_init(struct queue *queue, struct loop *loop, int64_t delay_ms,
                timer_fn expired)
{
    *queue = (struct queue){ .loop = loop, .delay_ms = delay_ms, .expired = expired };
}

void queue_done(struct queue *queue)
{
    assert(!queue->first);
    timer_stop(&queue->timer);
}

void queue_move(struct queue_entry *entry, struct queue *queue)
{
    queue_remove(entry);
    entry->queue = queue;
    entry->since_ms = loop_now_ms(queue->loop);
    entry->before = queue->last;
    entry->after = NULL;
    if (queue->last)
        queue->last->after = entry;
    else
        queue->first = entry;
    queue->last = entry;
    /* A timer that is set already is never late: it was set for somebody before. */
    if (!queue->timer.loop)
        timer_set(&queue->timer, queue->loop, entry->since_ms + queue->delay_ms, expire,
                  queue);
}

void queue_remove(struct queue_entry *entry)
{
    struct queue *queue = entry->queue;
    if (!queue)
        return;
    entry->queue = NULL;
    if (entry->before)
        entry->before->after = entry->after;
    else
        queue->first = entry->after;
    if (entry->after)
        entry->after->before = entry->before;
    else
        queue->last = entry->before;
}
