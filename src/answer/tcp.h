// SPDX-License-Identifier: GPL-3.0-or-later
/* tcp.h - questions over TCP (RFC 7766). For server.c.
 *
 * A connection may carry any number of queries, also sent ahead of their replies. It is
 * closed when for `idle_ms` no query was completed and no reply was taken; for `idle_busy_ms`
 * while at least half of all connections are in use. Bytes that trickle in gain no time.
 *
 * A transfer is sent a few messages at a time, as fast as the peer takes them; the image that
 * it began with stays open for it. Only some go on at a time, and others wait for their turn
 * (turns.h).
 *
 * There are never more than `connections` of them. A new one takes the place of the one that
 * has been quiet for longest, unless its own source (an IPv4 address or an IPv6 /64) already
 * has `per_source`, or `per_secondary` where a secondary is known to be: NSD asks for its zones
 * over 128 connections at once, and comes back for those that are refused after half a minute. */
#pragma once

#include "answer/answer.h"
#include "answer/source.h"
#include "net/loop.h"

enum {
    ANSWER_LISTEN_MAX = 32,
};

struct answer_tcp_limits {
    size_t connections, per_source; /* at least 1 */
    size_t per_secondary;           /* if it is more */
    int64_t idle_ms, idle_busy_ms;
};

struct answer_tcp;

struct answer_tcp *answer_tcp_new(struct loop *loop, struct answer *answer,
                                  struct answer_source *source,
                                  const struct answer_tcp_limits *limits);
void answer_tcp_free(struct answer_tcp *tcp);
CLEANER(answer_tcp_free, struct answer_tcp *)

/* Takes a listening socket; at most ANSWER_LISTEN_MAX of them. */
void answer_tcp_listen(struct answer_tcp *tcp, int fd);
/* No new connections; those that are open go on. */
void answer_tcp_close_listeners(struct answer_tcp *tcp);
/* Connections that are open now. */
size_t answer_tcp_count(const struct answer_tcp *tcp);
