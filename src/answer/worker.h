// SPDX-License-Identifier: GPL-3.0-or-later
/* worker.h - one more thread that answers over UDP. For server.c.
 *
 * It shares nothing: it has a loop, an image to read, a place to answer and sockets of its own.
 * While it is paused, and before it runs, all of these belong to whoever paused it; so nothing
 * needs a lock. */
#pragma once

#include "answer/answer.h"
#include "answer/source.h"
#include "base/clock.h"

struct answer_worker;

/* It does not run yet. */
struct answer_worker *answer_worker_new(const struct clock *clock, const char *directory);
/* Ends the thread, if it runs. */
void answer_worker_free(struct answer_worker *worker);
CLEANER(answer_worker_free, struct answer_worker *)

MUST_CHECK enum status answer_worker_run(struct answer_worker *worker, struct error *err);
/* Asks it to pause, and waits until it does: for one batch of questions at most. To pause
 * several, ask them all first. Nothing for one that does not run. */
void answer_worker_ask_pause(struct answer_worker *worker);
void answer_worker_await_pause(struct answer_worker *worker);
void answer_worker_resume(struct answer_worker *worker);

/* For who watches over it. */
struct loop *answer_worker_loop(struct answer_worker *worker);

/* While it is paused: */
struct answer *answer_worker_answer(struct answer_worker *worker);
struct answer_source *answer_worker_source(struct answer_worker *worker);
/* Takes a UDP socket. */
void answer_worker_listen(struct answer_worker *worker, int fd);
/* Closes them all. */
void answer_worker_drain(struct answer_worker *worker);
