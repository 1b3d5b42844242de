// SPDX-License-Identifier: GPL-3.0-or-later
/* queue.h - deadlines of one fixed delay.
 *
 * As the delay is the same for all, who came first is due first: a list is enough, and one
 * timer of the loop, which is not touched while entries come and go. */
#pragma once

#include <sys/queue.h>

#include "net/loop.h"

struct queue;

/* Lives in what waits. In one queue at most. */
struct queue_entry {
    struct queue *queue; /* NULL: in none */
    TAILQ_ENTRY(queue_entry) links;
    int64_t since_ms;
    void *owner;
};

struct queue {
    struct loop *loop;
    int64_t delay_ms;
    timer_fn expired; /* gets the owner; the entry is out of the queue by then */
    TAILQ_HEAD(queue_entry_list, queue_entry) entries; /* who came first stands first */
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
/* The one that is due first; NULL: the queue is empty. */
struct queue_entry *queue_first(const struct queue *queue);
