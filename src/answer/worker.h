// SPDX-License-Identifier: GPL-3.0-or-later
/* worker.h - a further thread that answers over UDP. For server.c.
 *
 * It shares nothing: its loop, its image, its `struct answer` and its sockets are its own. While it
 * is paused, and before it runs, they belong to the first thread. So nothing needs a lock. */
#pragma once

#include "answer/answer.h"
#include "answer/served_image.h"
#include "base/clock.h"

struct answer_worker;

/* Makes a worker, which does not run yet. */
struct answer_worker *answer_worker_new(const struct clock *clock, const char *directory);
/* Ends the thread, if it runs. */
void answer_worker_free(struct answer_worker *worker);
CLEANER(answer_worker_free, struct answer_worker *)

/* Starts the thread. ERR_IO. */
MUST_CHECK enum status answer_worker_run(struct answer_worker *worker, struct error *err);
/* Ask it to pause, and wait until it does, which takes one batch of questions at most. To pause
 * several workers, ask all of them first. If it does not run, nothing happens. */
void answer_worker_ask_pause(struct answer_worker *worker);
void answer_worker_await_pause(struct answer_worker *worker);
void answer_worker_resume(struct answer_worker *worker);

/* For the pulse that watches it. */
struct loop *answer_worker_loop(struct answer_worker *worker);

/* Only while it is paused, or before it runs: */
struct answer *answer_worker_answer(struct answer_worker *worker);
struct served_image *answer_worker_image(struct answer_worker *worker);
/* Takes a UDP socket. */
void answer_worker_listen(struct answer_worker *worker, int fd);
/* Closes all its sockets. */
void answer_worker_drain(struct answer_worker *worker);
