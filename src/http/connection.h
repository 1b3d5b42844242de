// SPDX-License-Identifier: GPL-3.0-or-later
/* connection.h - the state of a server, and the life of one connection. For this room alone.
 *
 *     HEAD -> BODY -> WAIT -> SEND -> HEAD ... or STREAM, DRAIN -> gone
 *
 * HEAD reads a request's head, and BODY its body. In WAIT the handler has the request. SEND writes
 * what the socket did not take at once. STREAM (stream.h) writes what there is to tell, for as long
 * as the peer listens. DRAIN comes after the last reply: it reads on for a while,
 * as a reset would destroy the reply on its way. A connection is always in one queue. The queue's
 * deadline ends the connection (or, for `ready`, lets it go on; for `streams`, makes it send a
 * heartbeat). */
#pragma once

#include "http/exchange.h"
#include "http/reply.h"
#include "http/server.h"
#include "http/stream.h"
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
    struct queue streams;   /* STREAM; the one that was silent for longest is first */
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
    STATE_STREAM,
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
    struct http_stream *stream; /* in STREAM, and in SEND before it; else NULL */
    size_t drained;             /* bytes thrown away in STREAM and DRAIN */
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

/* ----- for stream.c ----- */

/* Enters a state; the deadline of `queue` begins, and the socket is watched for what it needs. */
void connection_enter(struct connection *connection, enum connection_state state,
                      struct queue *queue);
/* Writes the head, sends it and the body, and goes on to what comes after. The connection may be
 * gone afterwards, and its exchange is. */
void connection_reply(struct connection *connection,
                      const struct http_response *response);
/* How many bytes went out; -1: the connection is broken. */
ssize_t connection_send(const struct connection *connection, struct str bytes);

/* ----- for connection.c ----- */

/* The beginning was sent: the stream listens from now on. */
void stream_enter(struct connection *connection);
/* The connection ends: so does its stream, if it has one. */
void stream_drop(struct connection *connection);
/* Called by the queue of streams, and for each of them when the server is drained. */
void stream_beat(void *ctx);
void stream_close(struct connection *connection);

/* The source of `ip`, which now counts one more connection. To keep to the limit, this may end
 * another connection of the source. NULL: the source is at its limit, and the handler has all its
 * connections. */
struct source *server_take_source(struct http_server *server, struct ip ip);

/* Called when the last connection of a draining server has ended. */
void server_check_drained(struct http_server *server);
