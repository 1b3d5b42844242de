// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled; /* a job came, or the end */
    struct job *first, **last;
    struct batch *done, **last_done;
    bool ended, waiting;
    atomic_bool failed; /* asked at every look-up, so not behind the lock */
};

struct queue *queue_new(void)
{
    struct queue *queue = NEW(struct queue);
    int failed = pthread_mutex_init(&queue->lock, NULL);
    assert(failed == 0);
    failed = pthread_cond_init(&queue->filled, NULL);
    assert(failed == 0);
    queue->last = &queue->first;
    queue->last_done = &queue->done;
    return queue;
}

static void lock(struct queue *queue)
{
    int failed = pthread_mutex_lock(&queue->lock);
    assert(failed == 0);
}

static void unlock(struct queue *queue)
{
    int failed = pthread_mutex_unlock(&queue->lock);
    assert(failed == 0);
}

void queue_free(struct queue *queue)
{
    if (!queue)
        return;
    for (struct batch *batch; (batch = queue_take_done(queue));)
        batch_free(batch);
    for (struct batch *batch; (batch = queue_take_now(queue));)
        batch_free(batch);
    (void)pthread_cond_destroy(&queue->filled);
    (void)pthread_mutex_destroy(&queue->lock);
    mem_free(queue);
}

void queue_push(struct queue *queue, struct job *job)
{
    job->next = NULL;
    lock(queue);
    *queue->last = job;
    queue->last = &job->next;
    if (queue->waiting)
        (void)pthread_cond_signal(&queue->filled);
    unlock(queue);
}

void queue_end(struct queue *queue)
{
    lock(queue);
    queue->ended = true;
    (void)pthread_cond_signal(&queue->filled);
    unlock(queue);
}

/* With the lock held. */
static struct batch *cut(struct queue *queue, size_t max)
{
    if (!queue->first)
        return NULL;
    struct batch *batch = NEW(struct batch);
    batch->first = queue->first;
    struct job *last = queue->first;
    for (size_t i = 1; i < max && last->next; i++)
        last = last->next;
    queue->first = last->next;
    last->next = NULL;
    if (!queue->first)
        queue->last = &queue->first;
    return batch;
}

struct batch *queue_take(struct queue *queue, size_t max)
{
    lock(queue);
    queue->waiting = true;
    while (!queue->first && !queue->ended)
        (void)pthread_cond_wait(&queue->filled, &queue->lock);
    queue->waiting = false;
    struct batch *batch = cut(queue, max);
    unlock(queue);
    return batch;
}

struct batch *queue_take_now(struct queue *queue)
{
    lock(queue);
    struct batch *batch = cut(queue, SIZE_MAX);
    unlock(queue);
    return batch;
}

void queue_give(struct queue *queue, struct batch *batch)
{
    batch->next = NULL;
    lock(queue);
    *queue->last_done = batch;
    queue->last_done = &batch->next;
    unlock(queue);
}

void queue_fail(struct queue *queue)
{
    atomic_store_explicit(&queue->failed, true, memory_order_release);
}

bool queue_has_failed(const struct queue *queue)
{
    return atomic_load_explicit(&queue->failed, memory_order_acquire);
}

struct batch *queue_take_done(struct queue *queue)
{
    lock(queue);
    struct batch *batch = queue->done;
    if (batch)
        queue->done = batch->next;
    if (!queue->done)
        queue->last_done = &queue->done;
    unlock(queue);
    return batch;
}
