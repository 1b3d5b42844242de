// SPDX-License-Identifier: GPL-3.0-or-later
/* The first thread sends commands of one byte over a pair of sockets. After PAUSE the worker
 * answers, and then waits in its callback for the next command. */
#include "answer/worker.h"

#include "answer/udp.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"
#include "image/history.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    PAUSE = 'p',
    RESUME = 'r',
    STOP = 's',
};

struct answer_worker {
    struct loop *loop;
    struct served_image *served;
    struct answer *answer;
    struct history_reader *history;
    struct answer_udp **udp;
    size_t udp_count;
    struct watch watch;
    int ours, its; /* the two ends of the pair; -1: it never ran */
    bool runs;
    pthread_t thread;
};

/* Sends a command. Both ends are in this process, so that the call cannot fail for good. */
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
    struct answer_worker *worker = (struct answer_worker *)ctx;
    (void)events;
    char word = hear(worker->its);
    assert(word == PAUSE);
    say(worker->its, PAUSE);
    word = hear(worker->its);
    if (word == STOP)
        loop_stop(worker->loop);
}

static void *run(void *ctx)
{
    const struct answer_worker *worker = (const struct answer_worker *)ctx;
    loop_run(worker->loop);
    return NULL;
}

struct answer_worker *answer_worker_new(const struct clock *clock, const char *directory)
{
    /* The first thread reports for all. */
    static const struct served_image_events silent;
    struct answer_worker *worker = NEW(struct answer_worker);
    worker->loop = loop_new(clock);
    worker->served = served_image_new(worker->loop, directory, &silent, NULL);
    worker->answer = answer_new();
    worker->history = history_reader_new(directory);
    answer_remember(worker->answer, worker->history);
    worker->ours = worker->its = -1;
    return worker;
}

void answer_worker_free(struct answer_worker *worker)
{
    if (!worker)
        return;
    if (worker->runs) {
        answer_worker_ask_pause(worker);
        answer_worker_await_pause(worker);
        say(worker->ours, STOP);
        (void)pthread_join(worker->thread, NULL);
    }
    watch_stop(&worker->watch);
    file_close(worker->ours);
    file_close(worker->its);
    answer_worker_drain(worker);
    mem_free(worker->udp);
    answer_free(worker->answer);
    history_reader_free(worker->history);
    served_image_free(worker->served);
    loop_free(worker->loop);
    mem_free(worker);
}

enum status answer_worker_run(struct answer_worker *worker, struct error *err)
{
    int ends[2] = { -1, -1 };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return FAIL(err, ERR_IO, "sockets of a thread: %s", strerror(errno));
    worker->ours = ends[0];
    worker->its = ends[1];
    watch_start(&worker->watch, worker->loop, worker->its, EPOLLIN, on_word, worker);
    enum status status = thread_start(&worker->thread, run, worker, "worker", err);
    worker->runs = !status;
    return status;
}

void answer_worker_ask_pause(struct answer_worker *worker)
{
    if (worker->runs)
        say(worker->ours, PAUSE);
}

void answer_worker_await_pause(struct answer_worker *worker)
{
    char word = worker->runs ? hear(worker->ours) : PAUSE;
    assert(word == PAUSE);
    (void)word;
}

void answer_worker_resume(struct answer_worker *worker)
{
    if (worker->runs)
        say(worker->ours, RESUME);
}

struct loop *answer_worker_loop(struct answer_worker *worker)
{
    return worker->loop;
}

struct answer *answer_worker_answer(struct answer_worker *worker)
{
    return worker->answer;
}

struct served_image *answer_worker_image(struct answer_worker *worker)
{
    return worker->served;
}

void answer_worker_listen(struct answer_worker *worker, int fd)
{
    worker->udp = (struct answer_udp **)mem_resize(worker->udp, worker->udp_count + 1,
                                                   sizeof(struct answer_udp *));
    worker->udp[worker->udp_count++] =
        answer_udp_new(worker->loop, fd, worker->answer, worker->served);
}

void answer_worker_drain(struct answer_worker *worker)
{
    while (worker->udp_count > 0)
        answer_udp_free(worker->udp[--worker->udp_count]);
}
