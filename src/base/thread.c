// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/thread.h"

#include <signal.h>
#include <string.h>

enum status thread_start(pthread_t *out, void *(*run)(void *ctx), void *ctx,
                         const char *what, struct error *err)
{
    sigset_t all, before; /* a new thread inherits the mask */
    pthread_t thread;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, run, ctx);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return FAIL(err, ERR_IO, "%s thread: %s", what, strerror(failed));
    *out = thread;
    return OK;
}
