// SPDX-License-Identifier: GPL-3.0-or-later
/* queue.h - jobs from the loop to the writer thread, batches back. All that the two threads
 * share is behind its one lock. */
#pragma once

#include "change/job.h"

struct queue;

struct queue *queue_new(void);
/* Frees it with the jobs and batches that are still in it. */
void queue_free(struct queue *queue);

/* The loop: one more job. */
void queue_push(struct queue *queue, struct job *job);
/* The loop: no more will come; queue_take() ends when all are taken. */
void queue_end(struct queue *queue);
/* The writer: waits for jobs and takes all there are, at most `max`, as a batch of the
 * caller. NULL: ended and empty. */
struct batch *queue_take(struct queue *queue, size_t max);
/* The loop: the same without waiting. NULL: empty. */
struct batch *queue_take_now(struct queue *queue);
/* The writer: a batch is done. */
void queue_give(struct queue *queue, struct batch *batch);
/* The writer: a COMMIT has failed. */
void queue_fail(struct queue *queue);
/* The loop: one has, and the batch may still be on its way back. */
bool queue_has_failed(const struct queue *queue);
/* The loop: the oldest batch that is done; NULL: none. The caller frees it with
 * batch_free(). */
struct batch *queue_take_done(struct queue *queue);
