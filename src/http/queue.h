// SPDX-License-Identifier: GPL-3.0-or-later
/* queue.h - deadlines of one fixed delay.
 *
 * As the delay is the same for all, who came first is due first: a list is enough, and one
 * timer of the loop, which is not touched while entries come and go. */
#pragma once

#include "net/loop.h"

struct queue;

/* Lives in what waits. In one queue at most. */
struct queue_entry {
    struct queue *queue; /* NULL: in none */
    struct queue_entry *before, *after;
    int64_t since_ms;
    void *owner;
};

struct queue {
    struct loop *loop;
    int64_t delay_ms;
    timer_fn expired; /* gets the owner; the entry is out of the queue by then */
    struct queue_entry *first, *last;
    struct timer timer;
};

void queue_init(struct queue *queue, struct loop *loop, int64_t delay_ms,
                timer_fn expired);
/* Only with an empty queue. */
void queue_done(struct queue *queue);
/* Puts the entry at the end of `queue`, out of the one it was in. */
void queue_move(struct queue_entry *entry, struct queue *queue);
/* Fine for an entry that is in none. */
void queue_remove(struct queue_entry *entry);
