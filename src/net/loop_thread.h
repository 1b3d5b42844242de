// SPDX-License-Identifier: GPL-3.0-or-later
/* loop_thread.h - a thread that does nothing but run an event loop.
 *
 * It shares nothing. While it is paused, and before it runs, the loop and all that hangs on it
 * belong to the thread that paused it; so nothing needs a lock. */
#pragma once

#include "net/loop.h"

struct loop_thread;

/* It does not run yet. */
struct loop_thread *loop_thread_new(const struct clock *clock);
/* Ends the thread, if it runs. From then on its loop is the caller's. */
void loop_thread_stop(struct loop_thread *thread);
/* Ends it and frees its loop, from which all has been taken by then. */
void loop_thread_free(struct loop_thread *thread);
CLEANER(loop_thread_free, struct loop_thread *)

struct loop *loop_thread_loop(struct loop_thread *thread);

MUST_CHECK enum status loop_thread_run(struct loop_thread *thread, struct error *err);
/* Asks it to pause, and waits until it does: for one round of events at most. To pause several,
 * ask them all first. Nothing for one that does not run. */
void loop_thread_ask_pause(struct loop_thread *thread);
void loop_thread_await_pause(struct loop_thread *thread);
void loop_thread_resume(struct loop_thread *thread);
