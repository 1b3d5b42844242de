// SPDX-License-Identifier: GPL-3.0-or-later
/* jobs.h - the loop's end of the queue: makes jobs, counts those that are under way, and refuses
 * more than fit. All calls are made on the loop's thread. Only for the files of this room. */
#pragma once

#include "change/queue.h"
#include "net/loop.h"

struct jobs {
    struct loop *loop;
    struct queue *queue;
    size_t max;       /* that may be under way */
    size_t under_way; /* queued, and not ended yet */
    size_t works;   /* administration that the tables in memory have not taken over yet */
    bool is_closed; /* COMMIT failed, or change_stop() runs: nothing more is taken */
};

/* `loop` and `queue` are lent. */
void jobs_init(struct jobs *jobs, struct loop *loop, struct queue *queue, size_t max);
bool jobs_are_full(const struct jobs *jobs);
/* A new job. The caller fills it and hands it to jobs_queue(). */
struct job *jobs_new(const struct jobs *jobs);
/* The caller has asked jobs_are_full(). */
void jobs_queue(struct jobs *jobs, struct job *job);
/* Queues administration: see change_submit(). */
MUST_CHECK enum status jobs_submit(struct jobs *jobs, change_work_fn fn, void *work,
                                   change_done_fn done, void *ctx);
/* The tables in memory have taken over what the batch changed. */
void jobs_taken_over(struct jobs *jobs, const struct batch *batch);
/* `done` is about to be called for one job. */
void jobs_ended(struct jobs *jobs);
