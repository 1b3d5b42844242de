// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/queue.h"

#include <assert.h>

static void expire(void *ctx)
{
    struct queue *queue = ctx;
    int64_t now_ms = loop_now_ms(queue->loop);
    struct queue_entry *entry = NULL;
    while ((entry = queue_first(queue)) && entry->since_ms + queue->delay_ms <= now_ms) {
        queue_remove(entry);
        queue->expired(entry->owner);
    }
    if (entry)
        timer_set(&queue->timer, queue->loop, entry->since_ms + queue->delay_ms, expire,
                  queue);
}

void queue_init(struct queue *queue, struct loop *loop, int64_t delay_ms,
                timer_fn expired)
{
    *queue = (struct queue){ .loop = loop, .delay_ms = delay_ms, .expired = expired };
    TAILQ_INIT(&queue->entries);
}

void queue_done(struct queue *queue)
{
    assert(TAILQ_EMPTY(&queue->entries));
    timer_stop(&queue->timer);
}

void queue_move(struct queue_entry *entry, struct queue *queue)
{
    queue_remove(entry);
    entry->queue = queue;
    entry->since_ms = loop_now_ms(queue->loop);
    TAILQ_INSERT_TAIL(&queue->entries, entry, links);
    /* If the timer is set already, it is set for an entry that is due before this one. */
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
    TAILQ_REMOVE(&queue->entries, entry, links);
}

struct queue_entry *queue_first(const struct queue *queue)
{
    return TAILQ_FIRST(&queue->entries);
}
