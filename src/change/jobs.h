// SPDX-License-Identifier: GPL-3.0-or-later
/* jobs.h - the loop's side of the queue: makes jobs, counts those that are under way, and
 * refuses more than fit. All calls are made on the loop's thread. Only for the files of this
 * room. */
#pragma once

#include "change/queue.h"
#include "net/loop.h"

struct jobs {
    struct loop *loop;
    struct queue *queue;
    size_t max;       /* that may be under way */
    size_t under_way; /* queued, and not told yet */
    size_t works;     /* administration whose batch was not taken over yet */
    bool is_closed;   /* COMMIT failed, or the end has come: nothing more is taken */
};

/* Both are lent. */
void jobs_init(struct jobs *jobs, struct loop *loop, struct queue *queue, size_t max);
bool jobs_are_full(const struct jobs *jobs);
/* A job of now, for the caller to fill and to hand to jobs_queue(). */
struct job *jobs_new(const struct jobs *jobs);
/* The caller has asked jobs_are_full(). */
void jobs_queue(struct jobs *jobs, struct job *job);
/* change_submit(), which says what it does. */
MUST_CHECK enum status jobs_submit(struct jobs *jobs, change_work_fn fn, void *work,
                                   change_done_fn done, void *ctx);
/* What the administration of the batch changed is in memory. */
void jobs_taken_over(struct jobs *jobs, const struct batch *batch);
/* One job has been told. */
void jobs_ended(struct jobs *jobs);
