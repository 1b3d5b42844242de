// SPDX-License-Identifier: GPL-3.0-or-later
/* server.h - the DNS server: answers over UDP and TCP, on any number of addresses.
 *
 * It lives on one loop and one thread. */
#pragma once

#include <stdint.h>

#include "answer/answer.h"
#include "answer/source.h"
#include "answer/tcp.h"
#include "base/ip.h"
#include "net/loop.h"

enum {
    ANSWER_IDLE_MS = 10000,
    ANSWER_IDLE_BUSY_MS = 2000,
    ANSWER_CONNECTIONS = 512,
    ANSWER_CONNECTIONS_PER_SOURCE = 64,
};

struct answer_server;

/* `source` is lent and outlives the server. `limits` NULL: those above. */
struct answer_server *answer_server_new(struct loop *loop,
                                        const struct answer_source *source,
                                        const struct answer_tcp_limits *limits);
void answer_server_free(struct answer_server *server);
CLEANER(answer_server_free, struct answer_server *)

/* Who may take zones (access.h); nobody until it is said. `access` is kept, not copied. */
void answer_server_allow(struct answer_server *server,
                         const struct answer_access *access);

/* Listens on UDP and TCP at one port. Port 0 lets the system choose; *port_out (may be NULL)
 * tells. `shared`: other processes or threads may bind the UDP port too (SO_REUSEPORT).
 * ERR_BUSY, ERR_DENIED, ERR_IO as in socket.h; ERR_LIMIT: too many addresses. */
MUST_CHECK enum status answer_server_listen(struct answer_server *server, struct ip ip,
                                            uint16_t port, bool shared,
                                            uint16_t *port_out, struct error *err);

/* Takes nothing new: datagrams and connections that wait in sockets which others hold too are
 * for these. Connections that are open are served on, until answer_server_connections() is 0 or
 * the caller's patience ends. */
void answer_server_drain(struct answer_server *server);

const struct answer_counters *answer_server_counters(const struct answer_server *server);
/* TCP connections that are open now. */
size_t answer_server_connections(const struct answer_server *server);
