// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/worker.h"

#include "answer/udp.h"
#include "base/mem.h"
#include "image/history.h"
#include "net/loop_thread.h"

struct answer_worker {
    struct loop_thread *thread;
    struct served_image *served;
    struct answer *answer;
    struct history_reader *history;
    struct answer_udp **udp;
    size_t udp_count;
};

struct answer_worker *answer_worker_new(const struct clock *clock, const char *directory)
{
    /* The first thread reports for all. */
    static const struct served_image_events silent;
    struct answer_worker *worker = NEW(struct answer_worker);
    worker->thread = loop_thread_new(clock);
    worker->served =
        served_image_new(loop_thread_loop(worker->thread), directory, &silent, NULL);
    worker->answer = answer_new();
    worker->history = history_reader_new(directory);
    answer_remember(worker->answer, worker->history);
    return worker;
}

void answer_worker_free(struct answer_worker *worker)
{
    if (!worker)
        return;
    loop_thread_stop(worker->thread);
    answer_worker_drain(worker);
    mem_free(worker->udp);
    answer_free(worker->answer);
    history_reader_free(worker->history);
    served_image_free(worker->served);
    loop_thread_free(worker->thread);
    mem_free(worker);
}

struct loop_thread *answer_worker_thread(struct answer_worker *worker)
{
    return worker->thread;
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
    worker->udp[worker->udp_count++] = answer_udp_new(loop_thread_loop(worker->thread),
                                                      fd, worker->answer, worker->served);
}

void answer_worker_drain(struct answer_worker *worker)
{
    while (worker->udp_count > 0)
        answer_udp_free(worker->udp[--worker->udp_count]);
}
