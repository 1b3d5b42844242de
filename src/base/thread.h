// SPDX-License-Identifier: GPL-3.0-or-later
/* thread.h - starts worker threads beside the one that runs the event loop.
 *
 * Signals are the loop's: a worker blocks all of them from its first instruction to its end. */
#pragma once

#include <pthread.h>

#include "base/error.h"

/* Starts a thread that calls run(ctx). The caller joins or detaches *out. `what` names the thread
 * in the error. ERR_IO: the system has no room for another thread. */
MUST_CHECK enum status thread_start(pthread_t *out, void *(*run)(void *ctx), void *ctx,
                                    const char *what, struct error *err);
