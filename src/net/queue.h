// SPDX-License-Identifier: GPL-3.0-or-later
/* queue.h - deadlines of one fixed delay.
 *
 * As the delay is the same for all entries, the one that came first is due first. So a list is
 * enough, and one timer of the loop, which stays as it is while entries come and go. */
#pragma once

#include <sys/queue.h>

#include "net/loop.h"

struct queue;

/* Is part of the object that waits, and is in one queue at most. */
struct queue_entry {
    struct queue *queue; /* NULL: in none */
    TAILQ_ENTRY(queue_entry) links;
    int64_t since_ms;
    void *owner;
};

struct queue {
    struct loop *loop;
    int64_t delay_ms;
    timer_fn expired; /* gets the owner of an entry, which is out of the queue by then */
    /* The one that came first is first. */
    TAILQ_HEAD(queue_entry_list, queue_entry) entries;
    struct timer timer;
};

void queue_init(struct queue *queue, struct loop *loop, int64_t delay_ms,
                timer_fn expired);
/* The queue must be empty. */
void queue_done(struct queue *queue);
/* Takes the entry out of its queue, if it is in one, and puts it at the end of `queue`. */
void queue_move(struct queue_entry *entry, struct queue *queue);
/* An entry that is in no queue is fine. */
void queue_remove(struct queue_entry *entry);
/* The entry that is due first; NULL: the queue is empty. */
struct queue_entry *queue_first(const struct queue *queue);
