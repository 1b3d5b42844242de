// SPDX-License-Identifier: GPL-3.0-or-later
/* connection.h - the state of a server, and the life of one connection. For this room alone.
 *
 *     HEAD -> BODY -> WAIT -> SEND -> HEAD ... or DRAIN -> gone
 *
 * HEAD reads a request's head, and BODY its body. In WAIT the handler has the request. SEND writes
 * what the socket did not take at once. DRAIN comes after the last reply: it reads on for a while,
 * as a reset would destroy the reply on its way. A connection is always in one queue. The queue's
 * deadline ends the connection (or, for `ready`, lets it go on). */
#pragma once

#include "http/exchange.h"
#include "http/reply.h"
#include "http/server.h"
#include "net/queue.h"
#include "net/source.h"

struct listener {
    struct listener *next;
    struct http_server *server;
    struct watch watch;
    int fd;
};

struct http_server {
    struct loop *loop;
    struct http_server_options options;
    struct listener *listeners;
    struct timer pause; /* set while no connection is accepted, for want of descriptors */
    struct source_table *sources;
    size_t count;           /* of connections */
    struct queue heads;     /* HEAD */
    struct queue transfers; /* BODY and SEND */
    struct queue requests;  /* WAIT */
    struct queue lingering; /* DRAIN */
    struct queue ready;     /* HEAD, with bytes that the next round of the loop reads */
    struct exchange_pool pool;
    bool draining;
    struct timer drained_timer;
    void (*drained)(void *ctx);
    void *drained_ctx;
    int64_t date_s;
    char date[HTTP_DATE_SIZE];
};

enum connection_state {
    STATE_HEAD,
    STATE_BODY,
    STATE_WAIT,
    STATE_SEND,
    STATE_DRAIN,
    STATE_ENDED, /* run(), which is still on the stack, frees the connection */
};

struct connection {
    struct http_server *server;
    struct watch watch;
    struct queue_entry entry;
    struct source_place place;      /* without source until the PROXY head is read */
    struct http_exchange *exchange; /* in BODY and WAIT */
    char *bytes;                    /* HTTP_HEAD_MAX, or NULL while n == 0 */
    size_t n;                       /* bytes that were read and are still needed */
    size_t used;                    /* of these, the bytes of the present request */
    char *out;                      /* in SEND: what is left of the reply */
    size_t out_n, out_at;
    size_t drained; /* bytes thrown away in DRAIN */
    int fd;
    struct ip ip;
    enum connection_state state;
    bool encrypted, running, closes;
};

/* Takes `fd`, and `source`, which counts the connection already. `source` NULL: a PROXY head has to
 * come first. */
void connection_start(struct http_server *server, int fd, struct ip ip, bool encrypted,
                      struct source *source);
/* Closes the connection at once. An exchange that the handler has goes on without it. */
void connection_end(struct connection *connection);

/* What the queues call at a deadline. */
void connection_expire(void *ctx);
void connection_overdue(void *ctx);
void connection_go_on(void *ctx);

/* The source of `ip`, which now counts one more connection. To keep to the limit, this may end
 * another connection of the source. NULL: the source is at its limit, and the handler has all its
 * connections. */
struct source *server_take_source(struct http_server *server, struct ip ip);

/* Called when the last connection of a draining server has ended. */
void server_check_drained(struct http_server *server);
