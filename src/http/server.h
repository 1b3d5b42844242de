// SPDX-License-Identifier: GPL-3.0-or-later
/* server.h - HTTP/1 connections: accept, read, hand over, reply, close.
 *
 * Absolute deadlines, which no trickle of bytes moves: from "accepted" or "reply sent" to "head
 * complete" (10 s), from there to "body complete" (10 s), from there to the reply (30 s, after which it is told `overdue`), and for
 * sending it (10 s). A peer that was told the last word is read for 2 s or 256 kB more, so that its
 * reply is not lost to a reset.
 *
 * At the limit of connections the one that waits longest for its head gives way; if there is
 * none, one that was told the last word, then one that sends its body or takes its reply. At
 * the limit of a source (an IPv4 address or an IPv6 /64) one of that source gives way in the
 * same way. Only when the handler has all of them in hand, the new one is closed.
 *
 * A relay that is a proxy peer has to begin each connection with a PROXY head (proxy.h): until it
 * is whole, the connection counts for all but for no source, and a bad one is closed without a
 * word. Then it is as if its source had connected itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ip.h"
#include "http/head.h"
#include "net/loop.h"

struct http_server;
struct http_response;

/* One request and its reply. It lives from the handler's call until http_reply(), also when
 * the peer has gone in between (the reply is then dropped). */
struct http_exchange;

/* Called once per request, whole body included. It has to call http_reply() exactly once,
 * now or later, from the loop's thread. */
typedef void (*http_handler)(void *ctx, struct http_exchange *exchange);

struct http_server_options {
    size_t connections_max;        /* 0: 4096 */
    size_t connections_per_source; /* 0: 256 */
    size_t body_max;               /* 0: 64 KiB */
    /* 0: 10000, 10000, 30000, 2000; for tests. Of a body or a reply, until it is through;
     * of a request, while the handler has it. */
    int64_t head_ms, transfer_ms, request_ms, linger_ms;
    /* Whose connections begin with a PROXY head, and whose X-Forwarded-For and
     * X-Forwarded-Proto are believed. The arrays outlive the server. */
    const struct prefix *proxy_peers;
    size_t proxy_peer_count;
    const struct prefix *forwarded_peers;
    size_t forwarded_peer_count;
    http_handler handler;
    /* What is said, before the end, to one whose request the handler has had for too long.
     * Lent for good. NULL: nothing. */
    const struct http_response *overdue;
    /* A reply goes out; `exchange` is NULL for a request that could not be read. May be NULL. */
    void (*replied)(void *ctx, const struct http_exchange *exchange, int status);
    void *ctx;
};

struct http_server *http_server_new(struct loop *loop,
                                    const struct http_server_options *options);
/* Closes all listeners and connections. Exchanges that still wait for their reply are freed
 * and must not be touched any more. Not from inside the handler. */
void http_server_free(struct http_server *server);
CLEANER(http_server_free, struct http_server *)
/* Takes over the limit of a source and the relays, for what is accepted from now on; all else
 * stays. */
void http_server_change(struct http_server *server,
                        const struct http_server_options *options);
/* Takes the listening socket. */
MUST_CHECK enum status http_server_add_listener(struct http_server *server, int fd,
                                                struct error *err);
/* Takes a connected stream socket, as if it had been accepted from `ip` (IP_NONE is fine): for
 * what another role hands over, with `encrypted` when that one ends TLS. May close it at once
 * for a limit. */
void http_server_add_connection(struct http_server *server, int fd, struct ip ip,
                                bool encrypted);
/* No new connections, idle ones are closed, the others end after their reply. `drained` is
 * called once from the loop, when none is left; it may free the server. */
void http_server_drain(struct http_server *server, void (*drained)(void *ctx), void *ctx);
/* Open connections, for status and tests. */
size_t http_server_connections(const struct http_server *server);

const struct http_head *http_request_head(const struct http_exchange *exchange);
struct str http_request_body(const struct http_exchange *exchange);
/* The client's address, unmapped: the peer's, or what a believed relay says. */
struct ip http_request_source(const struct http_exchange *exchange);
bool http_request_encrypted(const struct http_exchange *exchange);
/* Memory that lives as long as the exchange. */
struct arena *http_request_arena(const struct http_exchange *exchange);

struct http_response {
    int status;       /* 200, 401, ... */
    const char *type; /* Content-Type; NULL: "text/plain; charset=utf-8" */
    struct str body;  /* copied */
    const char *const
        *fields; /* "Name: value" lines, NULL-terminated; NULL: none. One that
                                  holds a control byte is left out */
    bool close;  /* end the connection after it */
};
/* Header and body in one write; HEAD gets the header alone. Content-Length always (but for 204
 * and 304). Ends the exchange. */
void http_reply(struct http_exchange *exchange, const struct http_response *response);
