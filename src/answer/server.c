// SPDX-License-Identifier: GPL-3.0-or-later
/* The server as a whole: shares out settings, images and sockets to its threads, and adds up their
 * counters. udp.h and tcp.h answer. */
#include "answer/server.h"

#include "answer/udp.h"
#include "answer/worker.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/history.h"
#include "net/loop_thread.h"
#include "net/pulse.h"
#include "net/socket.h"

#include <assert.h>
#include <fcntl.h>

enum {
    PORT_TRIES = 16 /* to find a port that is free for both, if the system chooses */
};

struct answer_server {
    struct loop *loop;
    struct served_image *served;
    struct answer *answer;
    struct history_reader *history;
    struct answer_tcp *tcp;
    struct answer_udp **udp;
    size_t udp_count, listen_count;
    struct answer_worker *workers[ANSWER_THREADS_MAX];
    size_t worker_count;
    unsigned pauses; /* how deep they are nested */
    struct answer_counters sum;
};

struct answer_server *answer_server_new(struct loop *loop, struct served_image *served,
                                        const struct answer_tcp_limits *limits)
{
    static const struct answer_tcp_limits usual = {
        .connections = ANSWER_CONNECTIONS,
        .per_source = ANSWER_CONNECTIONS_PER_SOURCE,
        .per_secondary = ANSWER_CONNECTIONS_PER_SECONDARY,
        .idle_ms = ANSWER_IDLE_MS,
        .idle_busy_ms = ANSWER_IDLE_BUSY_MS,
    };
    struct answer_server *server = NEW(struct answer_server);
    server->loop = loop;
    server->served = served;
    server->answer = answer_new();
    server->history = history_reader_new(served_image_directory(served));
    answer_remember(server->answer, server->history);
    server->tcp = answer_tcp_new(loop, server->answer, served, limits ? limits : &usual);
    return server;
}

void answer_server_free(struct answer_server *server)
{
    if (!server)
        return;
    for (size_t i = 0; i < server->worker_count; i++)
        answer_worker_free(server->workers[i]);
    for (size_t i = 0; i < server->udp_count; i++)
        answer_udp_free(server->udp[i]);
    mem_free(server->udp);
    answer_tcp_free(server->tcp);
    answer_free(server->answer);
    history_reader_free(server->history);
    mem_free(server);
}

/* ----- threads ----- */

void answer_server_threads(struct answer_server *server, size_t count)
{
    assert(server->worker_count == 0 && server->listen_count == 0 && count > 0 &&
           count <= ANSWER_THREADS_MAX);
    while (server->worker_count < count)
        server->workers[server->worker_count++] = answer_worker_new(
            loop_clock(server->loop), served_image_directory(server->served));
}

void answer_server_watch(struct answer_server *server, struct pulse *pulse)
{
    for (size_t i = 0; i < server->worker_count; i++)
        pulse_follow(pulse, loop_thread_loop(answer_worker_thread(server->workers[i])));
}

enum status answer_server_run(struct answer_server *server, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < server->worker_count && !status; i++)
        status = loop_thread_run(answer_worker_thread(server->workers[i]), err);
    return status;
}

void answer_server_pause(struct answer_server *server)
{
    if (server->pauses++ > 0)
        return;
    for (size_t i = 0; i < server->worker_count; i++)
        loop_thread_ask_pause(answer_worker_thread(server->workers[i]));
    for (size_t i = 0; i < server->worker_count; i++)
        loop_thread_await_pause(answer_worker_thread(server->workers[i]));
}

void answer_server_resume(struct answer_server *server)
{
    assert(server->pauses > 0);
    if (--server->pauses > 0)
        return;
    for (size_t i = 0; i < server->worker_count; i++)
        loop_thread_resume(answer_worker_thread(server->workers[i]));
}

void answer_server_allow(struct answer_server *server, const struct answer_access *access)
{
    answer_allow(server->answer, access);
    for (size_t i = 0; i < server->worker_count; i++)
        answer_allow(answer_worker_answer(server->workers[i]), access);
}

void answer_server_follow(struct answer_server *server,
                          const struct answer_policy *policy)
{
    answer_follow(server->answer, policy);
    for (size_t i = 0; i < server->worker_count; i++)
        answer_follow(answer_worker_answer(server->workers[i]), policy);
}

void answer_server_log(struct answer_server *server, int pipe)
{
    answer_log(server->answer, pipe);
    for (size_t i = 0; i < server->worker_count; i++)
        answer_log(answer_worker_answer(server->workers[i]), pipe);
}

/* ----- the image ----- */

enum status answer_server_control_page(struct answer_server *server, int fd,
                                       struct error *err)
{
    answer_server_pause(server);
    enum status status = served_image_control_page(server->served, fd, err);
    for (size_t i = 0; i < server->worker_count && !status; i++)
        status =
            served_image_control_page(answer_worker_image(server->workers[i]), fd, err);
    answer_server_resume(server);
    return status;
}

enum status answer_server_file(struct answer_server *server, uint32_t id, int fd,
                               struct error *err)
{
    answer_server_pause(server);
    enum status status = served_image_file(server->served, id, fd, err);
    for (size_t i = 0; i < server->worker_count && !status; i++)
        status = served_image_file(answer_worker_image(server->workers[i]), id, fd, err);
    answer_server_resume(server);
    return status;
}

void answer_server_writer_gone(struct answer_server *server)
{
    answer_server_pause(server);
    served_image_writer_gone(server->served);
    for (size_t i = 0; i < server->worker_count; i++)
        served_image_writer_gone(answer_worker_image(server->workers[i]));
    answer_server_resume(server);
}

/* ----- sockets ----- */

struct sockets {
    int udp, tcp;
    uint16_t port;
};

static enum status bind_sockets(struct ip ip, uint16_t port, bool shared,
                                struct sockets *out, struct error *err)
{
    CLEANUP(file_closep) int tcp = -1;
    uint16_t chosen = 0;
    enum status status = socket_listen(ip, port, &tcp, &chosen, err);
    if (status)
        return status;
    int udp = -1;
    status = socket_bind_udp(ip, chosen, shared, &udp, NULL, err);
    if (status)
        return status;
    *out = (struct sockets){ .udp = udp, .tcp = tcp, .port = chosen };
    tcp = -1;
    return OK;
}

/* How many threads answer over UDP. Without workers the first thread does. */
static size_t count_threads(const struct answer_server *server)
{
    return server->worker_count ? server->worker_count : 1;
}

/* Gives a socket to the thread whose turn it is. */
static void give_udp(struct answer_server *server, size_t number, int fd)
{
    if (server->worker_count > 0) {
        answer_worker_listen(server->workers[number % server->worker_count], fd);
        return;
    }
    server->udp = (struct answer_udp **)mem_resize(server->udp, server->udp_count + 1,
                                                   sizeof(struct answer_udp *));
    server->udp[server->udp_count++] =
        answer_udp_new(server->loop, fd, server->answer, server->served);
}

/* Gives each thread that answers over UDP a socket. If no further one can be bound, because another
 * process does not share the port or we may not bind it any more, the thread gets a copy of the
 * first. All further inherited sockets are read, too, as the kernel gives each its part of the
 * questions. */
static void give_all_udp(struct answer_server *server, struct ip ip, uint16_t port,
                         int first)
{
    size_t count = 1;
    for (; count < count_threads(server); count++) {
        int fd = -1;
        if (socket_bind_udp(ip, port, true, &fd, NULL, NULL))
            fd = fcntl(first, F_DUPFD_CLOEXEC, 0);
        if (fd >= 0)
            give_udp(server, count, fd);
    }
    for (int fd = -1; socket_take_udp(ip, port, &fd) == OK; count++)
        give_udp(server, count, fd);
    give_udp(server, 0, first);
}

enum status answer_server_listen(struct answer_server *server, struct ip ip,
                                 uint16_t port, bool shared, uint16_t *port_out,
                                 struct error *err)
{
    if (server->listen_count == ANSWER_LISTEN_MAX)
        return FAIL(err, ERR_LIMIT, "more than %d addresses to listen on",
                    ANSWER_LISTEN_MAX);
    struct sockets sockets = { .udp = -1, .tcp = -1 };
    enum status status = ERR_BUSY;
    shared |= server->worker_count > 1;
    for (int i = 0; i < (port ? 1 : PORT_TRIES) && status == ERR_BUSY; i++)
        status = bind_sockets(ip, port, shared, &sockets, err);
    if (status)
        return status;

    server->listen_count++;
    answer_tcp_listen(server->tcp, sockets.tcp);
    give_all_udp(server, ip, sockets.port, sockets.udp);
    if (port_out)
        *port_out = sockets.port;
    return OK;
}

void answer_server_drain(struct answer_server *server)
{
    answer_server_pause(server);
    for (size_t i = 0; i < server->worker_count; i++)
        answer_worker_drain(server->workers[i]);
    answer_server_resume(server);
    while (server->udp_count > 0)
        answer_udp_free(server->udp[--server->udp_count]);
    answer_tcp_close_listeners(server->tcp);
}

/* ----- counters ----- */

/* All counters have one type, so that they can be added like an array. */
_Static_assert(sizeof(struct answer_counters) % sizeof(uint64_t) == 0, "counters");

static void add_counters(struct answer_counters *sum, const struct answer_counters *more)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)more;
    for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
        to[i] += from[i];
}

const struct answer_counters *answer_server_counters(struct answer_server *server)
{
    server->sum = *answer_counters(server->answer);
    answer_server_pause(server);
    for (size_t i = 0; i < server->worker_count; i++)
        add_counters(&server->sum,
                     answer_counters(answer_worker_answer(server->workers[i])));
    answer_server_resume(server);
    return &server->sum;
}

size_t answer_server_connections(const struct answer_server *server)
{
    return answer_tcp_count(server->tcp);
}
