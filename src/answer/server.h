// SPDX-License-Identifier: GPL-3.0-or-later
/* server.h - the DNS server: answers over UDP and TCP on any number of addresses.
 *
 * It uses one loop and one thread, which its caller runs. If there are further threads (worker.h),
 * they answer over UDP, and the first one only over TCP. So a zone that is read for a secondary
 * does not delay other questions. */
#pragma once

#include <stdint.h>

#include "answer/answer.h"
#include "answer/served_image.h"
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

/* `served` is lent and outlives the server; the first thread reads it. `limits` NULL: those
 * above. */
struct answer_server *answer_server_new(struct loop *loop, struct served_image *served,
                                        const struct answer_tcp_limits *limits);
void answer_server_free(struct answer_server *server);
CLEANER(answer_server_free, struct answer_server *)

/* Sets how many further threads answer over UDP, from 1 to ANSWER_THREADS_MAX. Is called at most
 * once, before the server listens. Without it the first thread answers over UDP, too. */
void answer_server_threads(struct answer_server *server, size_t count);
/* Lets the pulse watch the further threads. Is called before they start. The server must be freed
 * before the pulse stops. */
struct pulse;
void answer_server_watch(struct answer_server *server, struct pulse *pulse);
/* Starts the further threads. ERR_IO. */
MUST_CHECK enum status answer_server_run(struct answer_server *server, struct error *err);

/* Between these two no other thread reads anything, so that what was lent to the server may change.
 * Pauses may be nested. */
void answer_server_pause(struct answer_server *server);
void answer_server_resume(struct answer_server *server);

/* Sets which clients may transfer zones (access.h); before this call none may. `access` is kept,
 * not copied. While threads run, they must be paused. */
void answer_server_allow(struct answer_server *server,
                         const struct answer_access *access);

/* Sets what the operator decides about answers (policy.h), in the same way. */
void answer_server_follow(struct answer_server *server,
                          const struct answer_policy *policy);
/* Makes all threads log their queries there (answer_log). Is called before they run. */
void answer_server_log(struct answer_server *server, int pipe);

/* Listens on UDP and TCP at one port. With port 0 the system chooses one. *port_out (which may be
 * NULL) is the port. `shared`: other processes may bind the UDP port, too (SO_REUSEPORT). Each
 * thread gets a UDP socket of its own, or shares one if no more can be had. All inherited sockets
 * are read. ERR_BUSY, ERR_DENIED, ERR_IO: see socket.h. ERR_LIMIT: there are too many addresses. */
MUST_CHECK enum status answer_server_listen(struct answer_server *server, struct ip ip,
                                            uint16_t port, bool shared,
                                            uint16_t *port_out, struct error *err);

/* Accepts nothing new: what is still queued on a shared socket is left to its other holders. Open
 * connections are served on. The caller frees the server when answer_server_connections() is 0, or
 * when it has waited long enough. */
void answer_server_drain(struct answer_server *server);

/* Give what the image's writer hands out to all threads (served_image.h). */
MUST_CHECK enum status answer_server_control_page(struct answer_server *server, int fd,
                                                  struct error *err);
MUST_CHECK enum status answer_server_file(struct answer_server *server, uint32_t id,
                                          int fd, struct error *err);
void answer_server_writer_gone(struct answer_server *server);

/* The sums of all threads; lent until the next call. */
const struct answer_counters *answer_server_counters(struct answer_server *server);
/* How many TCP connections are open. */
size_t answer_server_connections(const struct answer_server *server);
