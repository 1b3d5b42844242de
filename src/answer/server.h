// SPDX-License-Identifier: GPL-3.0-or-later
/* server.h - the DNS server: answers over UDP and TCP, on any number of addresses.
 *
 * It lives on one loop and one thread, which its caller runs. With further threads (worker.h)
 * these answer over UDP, and the first one over TCP alone: a zone that is read for a secondary
 * holds up no question that comes by itself. */
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
    ANSWER_CONNECTIONS_PER_SECONDARY = 256,
    ANSWER_THREADS_MAX = 64,
};

struct answer_server;

/* `source` is lent and outlives the server; it is what the first thread reads. `limits` NULL:
 * those above. */
struct answer_server *answer_server_new(struct loop *loop, struct answer_source *source,
                                        const struct answer_tcp_limits *limits);
void answer_server_free(struct answer_server *server);
CLEANER(answer_server_free, struct answer_server *)

/* So many threads are to answer over UDP beside the first, from 1 to ANSWER_THREADS_MAX. Once,
 * before the server listens; without, the first one does. */
void answer_server_threads(struct answer_server *server, size_t count);
/* Lets the pulse follow the further ones, before they are started; the server has to be freed
 * before it stops. */
struct pulse;
void answer_server_watch(struct answer_server *server, struct pulse *pulse);
/* Starts the further ones. ERR_IO. */
MUST_CHECK enum status answer_server_run(struct answer_server *server, struct error *err);

/* In between no other thread reads anything: what was lent to the server may change. One may
 * lie within another, as what is called from the one may want another. */
void answer_server_pause(struct answer_server *server);
void answer_server_resume(struct answer_server *server);

/* Who may take zones (access.h); nobody until it is said. `access` is kept, not copied. Once
 * threads run, while they are paused. */
void answer_server_allow(struct answer_server *server,
                         const struct answer_access *access);

/* What the operator wants of answers (policy.h); nothing until it is said. As above. */
void answer_server_follow(struct answer_server *server,
                          const struct answer_policy *policy);
/* All threads log their queries there (answer_log); before they run. */
void answer_server_log(struct answer_server *server, int pipe);

/* Listens on UDP and TCP at one port. Port 0 lets the system choose; *port_out (may be NULL)
 * tells. `shared`: other processes may bind the UDP port too (SO_REUSEPORT). Each thread gets
 * a UDP socket of its own, or one that it shares with others where no more can be had; all that
 * were inherited are read.
 * ERR_BUSY, ERR_DENIED, ERR_IO as in socket.h; ERR_LIMIT: too many addresses. */
MUST_CHECK enum status answer_server_listen(struct answer_server *server, struct ip ip,
                                            uint16_t port, bool shared,
                                            uint16_t *port_out, struct error *err);

/* Takes nothing new: datagrams and connections that wait in sockets which others hold too are
 * for these. Connections that are open are served on, until answer_server_connections() is 0 or
 * the caller's patience ends. */
void answer_server_drain(struct answer_server *server);

/* What the image's writer hands out, for all threads (source.h). */
MUST_CHECK enum status answer_server_control_page(struct answer_server *server, int fd,
                                                  struct error *err);
MUST_CHECK enum status answer_server_file(struct answer_server *server, uint32_t id,
                                          int fd, struct error *err);
void answer_server_unfed(struct answer_server *server);

/* Of all threads together; lent until the next call. */
const struct answer_counters *answer_server_counters(struct answer_server *server);
/* TCP connections that are open now. */
size_t answer_server_connections(const struct answer_server *server);
