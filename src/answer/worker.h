// SPDX-License-Identifier: GPL-3.0-or-later
/* worker.h - a further thread that answers over UDP. For server.c.
 *
 * It shares nothing: its loop, its image, its `struct answer` and its sockets are its own. They
 * belong to whoever pauses it (net/loop_thread.h). */
#pragma once

#include "answer/answer.h"
#include "answer/served_image.h"
#include "base/clock.h"

struct answer_worker;
struct loop_thread;

/* Makes a worker, which does not run yet. */
struct answer_worker *answer_worker_new(const struct clock *clock, const char *directory);
/* Ends the thread, if it runs. */
void answer_worker_free(struct answer_worker *worker);
CLEANER(answer_worker_free, struct answer_worker *)

/* It runs, pauses and is watched over by this. */
struct loop_thread *answer_worker_thread(struct answer_worker *worker);

/* Only while it is paused, or before it runs: */
struct answer *answer_worker_answer(struct answer_worker *worker);
struct served_image *answer_worker_image(struct answer_worker *worker);
/* Takes a UDP socket. */
void answer_worker_listen(struct answer_worker *worker, int fd);
/* Closes all its sockets. */
void answer_worker_drain(struct answer_worker *worker);
