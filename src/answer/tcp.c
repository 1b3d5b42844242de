// SPDX-License-Identifier: GPL-3.0-or-later
/* Accepts TCP connections and ends those that are quiet for too long. They are in a list, the one
 * that has been quiet for longest first, so that one timer is enough. */
#include "answer/tcp.h"

#include "answer/tcp_connection.h"
#include "base/file.h"
#include "base/ip.h"
#include "base/mem.h"
#include "net/socket.h"

#include <assert.h>
#include <sys/epoll.h>

enum {
    ACCEPTS_PER_EVENT = 64,
    ACCEPT_PAUSE_MS = 100, /* after running out of descriptors */
};

/* ----- those that are quiet ----- */

static int64_t deadline_of(const struct answer_tcp *tcp,
                           const struct tcp_connection *connection)
{
    return connection->active_ms + tcp_idle_ms(tcp);
}

static void end_idle(void *ctx)
{
    struct answer_tcp *tcp = (struct answer_tcp *)ctx;
    int64_t now = loop_now_ms(tcp->loop);
    struct tcp_connection *oldest = NULL;
    while ((oldest = TAILQ_FIRST(&tcp->connections)) && deadline_of(tcp, oldest) <= now) {
        if (oldest->turn.state == TURN_WAITING) /* we, not the peer, keep it waiting */
            tcp_list_mark_active(oldest);
        else
            tcp_connection_end(oldest, "the client took nothing for too long");
    }
    /* Activity only makes deadlines later, so that it is enough to look again then. */
    if (oldest)
        timer_set(&tcp->idle, tcp->loop, deadline_of(tcp, oldest), end_idle, tcp);
    else
        timer_stop(&tcp->idle);
}

/* ----- connections in ----- */

static size_t count_of_source(const struct answer_tcp *tcp, struct ip ip)
{
    size_t count = 0;
    for (const struct tcp_connection *at = TAILQ_FIRST(&tcp->connections); at;
         at = TAILQ_NEXT(at, links))
        count += turn_is_same_source(at->ip, ip);
    return count;
}

static size_t most_of_source(const struct answer_tcp *tcp, struct ip ip)
{
    const struct answer_tcp_limits *limits = &tcp->limits;
    bool more = limits->per_secondary > limits->per_source;
    return more && answer_lists(tcp->answer, ip) ? limits->per_secondary
                                                 : limits->per_source;
}

/* The connection that is ended for a new one: the one that has been quiet for longest and does not
 * wait for its turn; if all wait, the one that has been quiet for longest. */
static struct tcp_connection *find_dispensable(const struct answer_tcp *tcp)
{
    struct tcp_connection *at = TAILQ_FIRST(&tcp->connections);
    while (at && at->turn.state == TURN_WAITING)
        at = TAILQ_NEXT(at, links);
    return at ? at : TAILQ_FIRST(&tcp->connections);
}

static void admit(struct answer_tcp *tcp, int fd, struct ip ip)
{
    if (count_of_source(tcp, ip) >= most_of_source(tcp, ip)) {
        file_close(fd);
        return;
    }
    if (tcp->count >= tcp->limits.connections)
        tcp_connection_end(find_dispensable(tcp), "others needed its connection");
    tcp_connection_begin(tcp, fd, ip);
}

static void on_listener(void *ctx, uint32_t events);

static void accept_again(void *ctx)
{
    struct answer_tcp *tcp = (struct answer_tcp *)ctx;
    for (size_t i = 0; i < tcp->listener_count; i++) {
        struct tcp_listener *listener = &tcp->listeners[i];
        listener->watch.late = true;
        watch_start(&listener->watch, tcp->loop, listener->fd, EPOLLIN, on_listener,
                    listener);
    }
}

static void pause_accepting(struct answer_tcp *tcp)
{
    for (size_t i = 0; i < tcp->listener_count; i++)
        watch_stop(&tcp->listeners[i].watch);
    timer_set(&tcp->pause, tcp->loop, loop_now_ms(tcp->loop) + ACCEPT_PAUSE_MS,
              accept_again, tcp);
}

static void on_listener(void *ctx, uint32_t events)
{
    struct tcp_listener *listener = (struct tcp_listener *)ctx;
    struct answer_tcp *tcp = listener->tcp;
    (void)events;
    enum status status = OK;
    for (int i = 0; i < ACCEPTS_PER_EVENT && status == OK; i++) {
        int fd = -1;
        struct ip ip = { 0 };
        status = socket_accept(listener->fd, &fd, &ip, NULL);
        if (status == OK)
            admit(tcp, fd, ip);
    }
    if (status == ERR_BUSY)
        pause_accepting(tcp);
    end_idle(tcp); /* with more connections, their time may be shorter */
}

/* ----- the server's part ----- */

struct answer_tcp *answer_tcp_new(struct loop *loop, struct answer *answer,
                                  struct served_image *served,
                                  const struct answer_tcp_limits *limits)
{
    struct answer_tcp *tcp = NEW(struct answer_tcp);
    tcp->loop = loop;
    tcp->answer = answer;
    tcp->served = served;
    tcp->limits = *limits;
    TAILQ_INIT(&tcp->connections);
    turns_init(&tcp->turns, loop);
    return tcp;
}

void answer_tcp_listen(struct answer_tcp *tcp, int fd)
{
    assert(tcp->listener_count < ANSWER_LISTEN_MAX);
    struct tcp_listener *listener = &tcp->listeners[tcp->listener_count++];
    *listener = (struct tcp_listener){ .tcp = tcp, .fd = fd };
    listener->watch.late = true;
    watch_start(&listener->watch, tcp->loop, fd, EPOLLIN, on_listener, listener);
}

size_t answer_tcp_count(const struct answer_tcp *tcp)
{
    return tcp->count;
}

void answer_tcp_close_listeners(struct answer_tcp *tcp)
{
    timer_stop(&tcp->pause);
    while (tcp->listener_count > 0) {
        struct tcp_listener *listener = &tcp->listeners[--tcp->listener_count];
        watch_stop(&listener->watch);
        file_close(listener->fd);
    }
}

void answer_tcp_free(struct answer_tcp *tcp)
{
    if (!tcp)
        return;
    for (struct tcp_connection *oldest; (oldest = TAILQ_FIRST(&tcp->connections));)
        tcp_connection_end(oldest, "the server ended");
    turns_done(&tcp->turns);
    timer_stop(&tcp->idle);
    answer_tcp_close_listeners(tcp);
    mem_free(tcp);
}
