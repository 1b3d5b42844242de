// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/thread.h"

#include <signal.h>
#include <string.h>

#include "test.h"

static void *note_mask(void *ctx)
{
    (void)pthread_sigmask(SIG_SETMASK, NULL, (sigset_t *)ctx);
    return ctx;
}

TEST(a_thread_gets_its_context_and_blocks_the_signals)
{
    static const int signals[] = { SIGHUP,  SIGINT,  SIGTERM, SIGCHLD,
                                   SIGPIPE, SIGUSR1, SIGUSR2 };
    sigset_t blocked;
    CHECK_INT(sigemptyset(&blocked), 0);
    pthread_t thread;
    CHECK_INT(thread_start(&thread, note_mask, &blocked, "test", NULL), OK);
    void *returned = NULL;
    CHECK_INT(pthread_join(thread, &returned), 0);
    CHECK(returned == &blocked);
    for (size_t i = 0; i < LENGTH_OF(signals); i++)
        CHECK_INT(sigismember(&blocked, signals[i]), 1);
}

TEST(the_thread_that_starts_another_keeps_its_mask)
{
    sigset_t before, blocked, after;
    CHECK_INT(sigemptyset(&blocked), 0);
    CHECK_INT(sigaddset(&blocked, SIGUSR1), 0);
    CHECK_INT(pthread_sigmask(SIG_SETMASK, &blocked, &before), 0);
    pthread_t thread;
    CHECK_INT(thread_start(&thread, note_mask, &blocked, "test", NULL), OK);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
    CHECK_INT(sigismember(&after, SIGUSR1), 1);
    CHECK_INT(sigismember(&after, SIGTERM), 0);
}
