// SPDX-License-Identifier: GPL-3.0-or-later
/* tcp.h - answers questions over TCP (RFC 7766). For server.c.
 *
 * A connection may have any number of queries, which need not wait for replies. It is closed when
 * for `idle_ms` no query has become complete and the peer has taken no reply. While at least half
 * of all connections are in use, that time is `idle_busy_ms`. Bytes that trickle in do not prolong
 * it.
 *
 * A transfer is sent some messages at a time, as fast as the peer takes them. The image that it
 * began with stays open for it. Only some transfers go on at a time; others wait for their turn
 * (transfer_turns.h).
 *
 * There are at most `connections` of them. At the limit a new one replaces the one that has been
 * quiet for longest. A source (an IPv4 address or an IPv6 /64) has at most `per_source`, or
 * `per_secondary` if the address is listed for a secondary: NSD asks for its zones over 128
 * connections at once, and asks again for those that were refused only after half a minute. */
#pragma once

#include "answer/answer.h"
#include "answer/served_image.h"
#include "answer/tcp_limits.h"
#include "net/loop.h"

struct answer_tcp;

struct answer_tcp *answer_tcp_new(struct loop *loop, struct answer *answer,
                                  struct served_image *served,
                                  const struct answer_tcp_limits *limits);
void answer_tcp_free(struct answer_tcp *tcp);
CLEANER(answer_tcp_free, struct answer_tcp *)

/* Takes a listening socket. There are at most ANSWER_LISTEN_MAX. */
void answer_tcp_listen(struct answer_tcp *tcp, int fd);
/* Accepts no more connections. Open ones go on. */
void answer_tcp_close_listeners(struct answer_tcp *tcp);
/* How many connections are open. */
size_t answer_tcp_count(const struct answer_tcp *tcp);
