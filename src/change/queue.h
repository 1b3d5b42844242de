// SPDX-License-Identifier: GPL-3.0-or-later
/* queue.h - carries jobs from the loop to the writer thread and batches back. One lock guards all
 * that the two threads share. */
#pragma once

#include "change/job.h"

struct queue;

struct queue *queue_new(void);
/* Frees it with the jobs and batches that are still in it. */
void queue_free(struct queue *queue);

/* Called on the loop: adds a job. */
void queue_push(struct queue *queue, struct job *job);
/* Called on the loop: no more jobs will come. queue_take() gives NULL when all are taken. */
void queue_end(struct queue *queue);
/* Called by the writer: waits for jobs and takes all there are, at most `max`, as a batch that the
 * caller owns. NULL: ended and empty. */
struct batch *queue_take(struct queue *queue, size_t max);
/* Called on the loop: takes all that wait, without waiting itself. NULL: empty. */
struct batch *queue_take_now(struct queue *queue);
/* Called by the writer: hands a finished batch back. */
void queue_give(struct queue *queue, struct batch *batch);
/* Called by the writer: a COMMIT has failed. */
void queue_fail(struct queue *queue);
/* Called on the loop: whether a COMMIT has failed. Its batch may still be on its way back. */
bool queue_has_failed(const struct queue *queue);
/* Called on the loop: the oldest finished batch, or NULL. The caller frees it with
 * batch_free(). */
struct batch *queue_take_done(struct queue *queue);
