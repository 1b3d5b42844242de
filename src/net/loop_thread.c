// SPDX-License-Identifier: GPL-3.0-or-later
/* Words of one byte go over a pair of sockets. After PAUSE the thread says so too, and then
 * waits within its callback for what comes next. */
#include "net/loop_thread.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"

enum {
    PAUSE = 'p',
    RESUME = 'r',
    STOP = 's',
};

struct loop_thread {
    struct loop *loop;
    struct watch watch;
    int ours, its; /* the two ends; -1: it never ran */
    bool runs;
    pthread_t thread;
};

/* Both ends are in this process, so that neither call can fail for good. */
static void say(int fd, char word)
{
    ssize_t n = 0;
    do
        n = send(fd, &word, 1, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    assert(n == 1);
}

static char hear(int fd)
{
    char word = 0;
    ssize_t n = 0;
    do
        n = recv(fd, &word, 1, 0);
    while (n < 0 && errno == EINTR);
    assert(n == 1);
    return word;
}

static void on_word(void *ctx, uint32_t events)
{
    struct loop_thread *thread = (struct loop_thread *)ctx;
    (void)events;
    char word = hear(thread->its);
    assert(word == PAUSE);
    say(thread->its, PAUSE);
    word = hear(thread->its);
    if (word == STOP)
        loop_stop(thread->loop);
}

static void *run(void *ctx)
{
    const struct loop_thread *thread = (const struct loop_thread *)ctx;
    loop_run(thread->loop);
    return NULL;
}

struct loop_thread *loop_thread_new(const struct clock *clock)
{
    struct loop_thread *thread = NEW(struct loop_thread);
    thread->loop = loop_new(clock);
    thread->ours = thread->its = -1;
    return thread;
}

void loop_thread_stop(struct loop_thread *thread)
{
    if (!thread->runs)
        return;
    loop_thread_ask_pause(thread);
    loop_thread_await_pause(thread);
    say(thread->ours, STOP);
    (void)pthread_join(thread->thread, NULL);
    thread->runs = false;
}

void loop_thread_free(struct loop_thread *thread)
{
    if (!thread)
        return;
    loop_thread_stop(thread);
    watch_stop(&thread->watch);
    file_close(thread->ours);
    file_close(thread->its);
    loop_free(thread->loop);
    mem_free(thread);
}

struct loop *loop_thread_loop(struct loop_thread *thread)
{
    return thread->loop;
}

enum status loop_thread_run(struct loop_thread *thread, struct error *err)
{
    int ends[2] = { -1, -1 };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return FAIL(err, ERR_IO, "sockets of a thread: %s", strerror(errno));
    thread->ours = ends[0];
    thread->its = ends[1];
    watch_start(&thread->watch, thread->loop, thread->its, EPOLLIN, on_word, thread);
    enum status status = thread_start(&thread->thread, run, thread, "worker", err);
    thread->runs = !status;
    return status;
}

void loop_thread_ask_pause(struct loop_thread *thread)
{
    if (thread->runs)
        say(thread->ours, PAUSE);
}

void loop_thread_await_pause(struct loop_thread *thread)
{
    char word = thread->runs ? hear(thread->ours) : PAUSE;
    assert(word == PAUSE);
    (void)word;
}

void loop_thread_resume(struct loop_thread *thread)
{
    if (thread->runs)
        say(thread->ours, RESUME);
}
