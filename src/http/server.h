// SPDX-License-Identifier: GPL-3.0-or-later
/* server.h - HTTP/1 connections: accept, read, hand over, reply, close.
 *
 * Deadlines are absolute: bytes that trickle in do not move them.
 * - The head must be complete 10 s after the connection was accepted or the last reply was sent.
 * - The body must be complete 10 s after the head.
 * - The handler must reply 30 s after that. If it does not, the peer gets the reply `overdue`.
 * - The reply must be sent in 10 s.
 * A stream (stream.h) has no deadline once its beginning was sent.
 * After the last reply the server reads for 2 s or 256 kB more, as a reset would destroy the reply
 * on its way.
 *
 * At the limit of all connections a new one replaces another: the one that has waited longest for
 * its head; if there is none, one after its last reply; if there is none, one that sends its body
 * or takes its reply; if there is none, a stream. At the limit of a source (an IPv4 address or an
 * IPv6 /64) it replaces the connection of that source that has been in its present state for
 * longest, and streams last. A connection is never
 * replaced while the handler has its request. If the handler has all of them, the new one is
 * closed.
 *
 * A proxy peer is a relay that has to begin each connection with a PROXY head (proxy.h). Until the
 * head is whole, the connection counts for the limit of all, but for no source. Then it counts as
 * if its source had connected itself. After a bad head it is closed without a reply. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ip.h"
#include "http/head.h"
#include "net/loop.h"

struct http_server;
struct http_response;

/* One request and its reply. It lives from the handler's call until http_reply(), even if the peer
 * disconnects meanwhile; then the reply is dropped. */
struct http_exchange;

/* Is called once for each request, when its body is complete. It has to call http_reply() exactly
 * once, now or later, from the loop's thread. */
typedef void (*http_handler)(void *ctx, struct http_exchange *exchange);

struct http_server_options {
    size_t connections_max;        /* 0: 4096 */
    size_t connections_per_source; /* 0: 256 */
    size_t body_max;               /* 0: 64 KiB */
    /* The deadlines above, which tests change: for a head; for a body or a reply; for the
     * handler; for reading after the last reply. 0: 10000, 10000, 30000, 2000. */
    int64_t head_ms, transfer_ms, request_ms, linger_ms;
    int64_t keepalive_ms; /* of streams; 0: 25000 */
    /* Peers whose connections begin with a PROXY head, and peers whose X-Forwarded-For and
     * X-Forwarded-Proto are trusted. The arrays outlive the server. */
    const struct prefix *proxy_peers;
    size_t proxy_peer_count;
    const struct prefix *forwarded_peers;
    size_t forwarded_peer_count;
    http_handler handler;
    /* The reply to a request that the handler has had for too long; the connection then ends. It
     * outlives the server. NULL: no reply. */
    const struct http_response *overdue;
    /* Is called for each reply that is sent. `exchange` is NULL: the request could not be read. May
     * be NULL. */
    void (*replied)(void *ctx, const struct http_exchange *exchange, int status);
    void *ctx;
};

struct http_server *http_server_new(struct loop *loop,
                                    const struct http_server_options *options);
/* Closes all listeners and connections. Frees exchanges that still wait for their reply: the
 * handler must not use them any more. Not to be called from the handler. */
void http_server_free(struct http_server *server);
CLEANER(http_server_free, struct http_server *)
/* Changes the limit of a source and the lists of peers, for connections that are accepted from now
 * on. Other options stay as they are. */
void http_server_change(struct http_server *server,
                        const struct http_server_options *options);
/* Takes the listening socket. ERR_CONFLICT: the server is being drained. */
MUST_CHECK enum status http_server_add_listener(struct http_server *server, int fd,
                                                struct error *err);
/* Takes a connected stream socket as if it had been accepted from `ip` (IP_NONE is fine). For
 * connections that another role hands over; `encrypted`: that role ends TLS. Whether the socket
 * blocks does not matter, as that role may change it. What stands in an encrypted one already is
 * read at once, and it is closed right behind its last reply. At a limit the server may close it at
 * once. */
void http_server_add_connection(struct http_server *server, int fd, struct ip ip,
                                bool encrypted);
/* Takes no more connections, closes idle ones and streams, and ends the others after their reply.
 * When none is left, the loop calls `drained` once, which may free the server. */
void http_server_drain(struct http_server *server, void (*drained)(void *ctx), void *ctx);
/* How many connections are open. For the status and tests. */
size_t http_server_connections(const struct http_server *server);

const struct http_head *http_request_head(const struct http_exchange *exchange);
struct str http_request_body(const struct http_exchange *exchange);
/* The client's address, unmapped: the peer's own, or the one that a trusted relay gives. */
struct ip http_request_source(const struct http_exchange *exchange);
bool http_request_encrypted(const struct http_exchange *exchange);
/* Memory that lives as long as the exchange. */
struct arena *http_request_arena(const struct http_exchange *exchange);

struct http_response {
    int status;       /* 200, 401, ... */
    const char *type; /* Content-Type; NULL: "text/plain; charset=utf-8" */
    struct str body;  /* copied */
    /* "Name: value" lines, ended by NULL; NULL: none. One that has a control byte is left out. */
    const char *const *fields;
    bool close; /* end the connection after this reply */
    /* No length is told: the end of the connection is the end of the body (stream.h). */
    bool endless;
};
/* Lines that the reply to this request gets unless it has one of that name itself. They live as long
 * as the exchange and end with NULL; NULL: none. */
void http_reply_with(struct http_exchange *exchange, const char *const *fields);
/* Sends head and body in one write, and ends the exchange. HEAD gets the head alone. Every reply
 * has a Content-Length, except 204 and 304. */
void http_reply(struct http_exchange *exchange, const struct http_response *response);
