// SPDX-License-Identifier: GPL-3.0-or-later
/* The server as a whole: makes it, listens and accepts, keeps to the limits of connections, and
 * drains it. What happens on one connection is in connection.c. */
#include "http/server.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "http/connection.h"
#include "http/forwarded.h"
#include "net/socket.h"

enum {
    CONNECTIONS_MAX = 4096,
    CONNECTIONS_PER_SOURCE = 256,
    BODY_MAX = 64 * 1024,
    HEAD_MS = 10000,
    TRANSFER_MS = 10000,
    REQUEST_MS = 30000,
    LINGER_MS = 2000,
    KEEPALIVE_MS = 25000, /* relays close what is silent for 30 or 60 s */
    ACCEPT_PAUSE_MS = 100,
    ACCEPTS_PER_ROUND = 16, /* open connections get their turn in between */
};

static void set_default(int64_t *value, int64_t standard)
{
    if (*value == 0)
        *value = standard;
}

static void set_default_size(size_t *value, size_t standard)
{
    if (*value == 0)
        *value = standard;
}

struct http_server *http_server_new(struct loop *loop,
                                    const struct http_server_options *options)
{
    struct http_server *server = NEW(struct http_server);
    server->loop = loop;
    server->options = *options;
    server->date_s = -1;
    set_default_size(&server->options.connections_max, CONNECTIONS_MAX);
    set_default_size(&server->options.connections_per_source, CONNECTIONS_PER_SOURCE);
    set_default_size(&server->options.body_max, BODY_MAX);
    set_default(&server->options.head_ms, HEAD_MS);
    set_default(&server->options.transfer_ms, TRANSFER_MS);
    set_default(&server->options.request_ms, REQUEST_MS);
    set_default(&server->options.linger_ms, LINGER_MS);
    set_default(&server->options.keepalive_ms, KEEPALIVE_MS);
    server->sources = source_table_new(server->options.connections_max);
    queue_init(&server->heads, loop, server->options.head_ms, connection_expire);
    queue_init(&server->transfers, loop, server->options.transfer_ms, connection_expire);
    queue_init(&server->requests, loop, server->options.request_ms, connection_overdue);
    queue_init(&server->streams, loop, server->options.keepalive_ms, stream_beat);
    queue_init(&server->lingering, loop, server->options.linger_ms, connection_expire);
    queue_init(&server->ready, loop, 0, connection_go_on);
    return server;
}

void http_server_change(struct http_server *server,
                        const struct http_server_options *options)
{
    struct http_server_options *now = &server->options;
    now->connections_per_source = options->connections_per_source;
    set_default_size(&now->connections_per_source, CONNECTIONS_PER_SOURCE);
    now->proxy_peers = options->proxy_peers;
    now->proxy_peer_count = options->proxy_peer_count;
    now->forwarded_peers = options->forwarded_peers;
    now->forwarded_peer_count = options->forwarded_peer_count;
}

static void close_listeners(struct http_server *server)
{
    timer_stop(&server->pause);
    while (server->listeners) {
        struct listener *listener = server->listeners;
        server->listeners = listener->next;
        watch_stop(&listener->watch);
        file_close(listener->fd);
        mem_free(listener);
    }
}

static void end_all(struct queue *queue)
{
    for (struct queue_entry *entry; (entry = queue_first(queue));)
        connection_end(entry->owner);
    queue_done(queue);
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    close_listeners(server);
    end_all(&server->heads);
    end_all(&server->transfers);
    end_all(&server->requests);
    end_all(&server->streams);
    end_all(&server->lingering);
    end_all(&server->ready);
    timer_stop(&server->drained_timer);
    exchange_pool_done(&server->pool);
    source_table_free(server->sources);
    mem_free(server);
}

size_t http_server_connections(const struct http_server *server)
{
    return server->count;
}

/* Ends a connection that waits for its peer, to make room. False: the handler has all of them. */
static bool evict(struct http_server *server)
{
    const struct queue *const order[] = { &server->heads, &server->lingering,
                                          &server->transfers, &server->streams };
    for (size_t i = 0; i < LENGTH_OF(order); i++) {
        struct queue_entry *entry = queue_first(order[i]);
        if (entry) {
            connection_end(entry->owner);
            return true;
        }
    }
    return false;
}

struct source *server_take_source(struct http_server *server, struct ip ip)
{
    const struct prefixes relays = { server->options.forwarded_peers,
                                     server->options.forwarded_peer_count };
    /* A relay has many clients, so the limit of a source is too low for it. */
    size_t limit =
        prefixes_have(relays, ip) ? SIZE_MAX : server->options.connections_per_source;
    return source_take_within(server->sources, ip, limit, connection_expire);
}

/* Admits the new connection, or closes it. */
static void admit(struct http_server *server, int fd, struct ip ip, bool encrypted,
                  bool relayed)
{
    struct source *source = relayed ? NULL : server_take_source(server, ip);
    bool fits = relayed || source;
    if (fits && (server->count < server->options.connections_max || evict(server))) {
        connection_start(server, fd, ip, encrypted, source);
        return;
    }
    if (source)
        source_release(server->sources, source);
    file_close(fd);
}

void http_server_add_connection(struct http_server *server, int fd, struct ip ip,
                                bool encrypted)
{
    if (server->draining || fd < 0) {
        file_close(fd);
        return;
    }
    admit(server, fd, ip, encrypted, false);
}

/* ----- listeners ----- */

static void listen_again(void *ctx)
{
    struct http_server *server = ctx;
    for (struct listener *at = server->listeners; at; at = at->next)
        watch_change(&at->watch, EPOLLIN);
}

/* Stops accepting for a while. Without free descriptors the listeners stay readable, and the loop
 * would spin. */
static void pause_listeners(struct http_server *server)
{
    for (struct listener *at = server->listeners; at; at = at->next)
        watch_change(&at->watch, 0);
    timer_set(&server->pause, server->loop, loop_now_ms(server->loop) + ACCEPT_PAUSE_MS,
              listen_again, server);
    (void)evict(server);
}

static void accept_some(void *ctx, uint32_t events)
{
    (void)events;
    struct listener *listener = ctx;
    struct http_server *server = listener->server;
    const struct prefixes proxies = { server->options.proxy_peers,
                                      server->options.proxy_peer_count };
    for (int i = 0; i < ACCEPTS_PER_ROUND; i++) {
        int fd = -1;
        struct ip ip;
        enum status status = socket_accept(listener->fd, &fd, &ip, NULL);
        if (status == ERR_BUSY)
            pause_listeners(server);
        if (status)
            return;
        admit(server, fd, ip, false, prefixes_have(proxies, ip));
    }
}

enum status http_server_add_listener(struct http_server *server, int fd,
                                     struct error *err)
{
    if (server->draining) {
        file_close(fd);
        return FAIL(err, ERR_CONFLICT, "the server is being stopped");
    }
    struct listener *listener = NEW(struct listener);
    listener->server = server;
    listener->fd = fd;
    listener->next = server->listeners;
    server->listeners = listener;
    /* Comes after the round's connections: accepting may end one of them. */
    listener->watch.late = true;
    watch_start(&listener->watch, server->loop, fd, server->pause.loop ? 0 : EPOLLIN,
                accept_some, listener);
    return OK;
}

/* ----- the end ----- */

static void tell_drained(void *ctx)
{
    struct http_server *server = ctx;
    server->drained(server->drained_ctx);
}

void server_check_drained(struct http_server *server)
{
    if (server->draining && server->count == 0 && server->drained)
        timer_set(&server->drained_timer, server->loop, loop_now_ms(server->loop),
                  tell_drained, server);
}

void http_server_drain(struct http_server *server, void (*drained)(void *ctx), void *ctx)
{
    if (server->draining)
        return;
    close_listeners(server);
    server->draining = true;
    server->drained = drained;
    server->drained_ctx = ctx;
    /* The next round looks at each of them separately, as what one does may end others. */
    for (struct queue_entry *entry; (entry = queue_first(&server->heads));)
        queue_move(entry, &server->ready);
    for (struct queue_entry *entry; (entry = queue_first(&server->streams));)
        stream_close(entry->owner);
    server_check_drained(server);
}
