// SPDX-License-Identifier: GPL-3.0-or-later
/* live.h - a server on loopback, and clients of it, all on the thread of the test: while a
 * client waits, the server's loop is turned. The server's clock stands still until it is
 * set. */
#pragma once

#include "answer/server.h"
#include "base/clock.h"
#include "fixture.h"

struct live {
    struct folder folder;
    struct clock_manual clock;
    struct loop *loop;
    struct served_image *served;
    struct answer_server *server;
    uint16_t port;
};

/* Serves `lines` at `address`; `limits` as for answer_server_new(). */
void live_open(struct live *live, const char *lines, const char *address,
               const struct answer_tcp_limits *limits);
void live_close(struct live *live);

/* Sockets that are connected to `address` at the server's port, from the loopback address
 * `from` (NULL: any). */
int live_udp(const struct live *live, const char *address, const char *from);
int live_tcp(const struct live *live, const char *address, const char *from);

/* Turns the loop until there is nothing to do. */
void live_settle(struct live *live);
/* Lets time pass for the server. */
void live_pass(struct live *live, int64_t ms);

/* Sends all of it, turning the loop where the peer is slow. */
void live_send(struct live *live, int fd, struct str bytes);
/* The next datagram, or the next reply over TCP; lent until the next call. */
struct str live_datagram(struct live *live, int fd);
struct str live_reply(struct live *live, int fd);
/* Whether the server has closed the connection; waits for nothing but the loop. */
bool live_is_closed(struct live *live, int fd);

/* A query with its length before it, as over TCP. */
struct str live_framed(const struct asked *asked);
