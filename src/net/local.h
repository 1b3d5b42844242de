// SPDX-License-Identifier: GPL-3.0-or-later
/* local.h - how roles of one machine talk: named Unix sockets with typed messages.
 *
 * SOCK_SEQPACKET keeps message bounds. A message is a head of 8 bytes (magic "RV", version
 * 1, type and length of the body; see packet.h) and a body; what is not exactly so closes the
 * channel, and so does a packet with more than LOCAL_FDS_MAX descriptors. The peer's
 * credentials are checked at both ends: only
 * root and the users that were named may talk, each over LOCAL_CHANNELS_MAX channels at most: who
 * has a user's rights takes no descriptor from the others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"
#include "net/loop.h"

enum {
    LOCAL_BODY_MAX = 128 * 1024,
    LOCAL_FDS_MAX = 2,
    LOCAL_CHANNELS_MAX = 64, /* with one server, of one user */
    LOCAL_USERS_MAX = 3      /* of a server: root, itself, and who is named */
};

/* One connection. Its owner ends it with local_close(). */
struct local_channel;

struct local_events {
    /* A new channel. May be NULL. */
    void (*opened)(void *ctx, struct local_channel *channel);
    /* A whole message; `body` lives during the call. */
    void (*message)(void *ctx, struct local_channel *channel, uint16_t type,
                    struct str body);
    /* The peer is gone or broke the protocol; the channel is closed and freed after the
     * call. For a local_link it will be connected again. May be NULL. */
    void (*closed)(void *ctx, struct local_channel *channel);
};

/* Sends one message, or queues it while the peer's buffer is full (at most 1 MiB, else
 * ERR_BUSY and the channel closes in the next round, as for any peer that is gone).
 * ERR_LIMIT: body too long. ERR_IO: the peer is gone, and `closed` follows. */
MUST_CHECK enum status local_send(struct local_channel *channel, uint16_t type,
                                  struct str body);
/* The same with at most LOCAL_FDS_MAX descriptors, which the peer gets as its own; they stay
 * the caller's too, who may close them after the call. */
MUST_CHECK enum status local_send_fds(struct local_channel *channel, uint16_t type,
                                      struct str body, const int *fds, size_t count);
/* During `message`: the next descriptor that came with it, close-on-exec; the caller takes it.
 * -1: none. Those that nobody takes are closed after the call. */
int local_take_fd(struct local_channel *channel);
/* Who is at the other end. */
uid_t local_peer_uid(const struct local_channel *channel);
pid_t local_peer_pid(const struct local_channel *channel);
/* For the owner's own state of this peer. */
void local_set_data(struct local_channel *channel, void *data);
void *local_data(const struct local_channel *channel);
/* Without calling `closed`. A link's channel will be connected again. NULL is fine. */
void local_close(struct local_channel *channel);

struct local_options {
    struct loop *loop;
    const char *path; /* of the socket; copied */
    const uid_t
        *uids; /* who may be at the other end, beside root and our own user; copied */
    size_t uid_count;
    const struct local_events *events; /* copied */
    void *ctx;
    mode_t mode; /* of the socket file; for local_listen() alone */
};

/* Listens on the path. Replaces a stale socket there; ERR_BUSY if something answers on it,
 * ERR_EXISTS if it is not a socket. Refuses peers that are not named. */
struct local_server;
MUST_CHECK enum status local_listen(const struct local_options *options,
                                    struct local_server **out, struct error *err);
/* Closes all its channels (without calling `closed`) and removes the socket file. */
void local_server_close(struct local_server *server);
CLEANER(local_server_close, struct local_server *)
/* Calls fn for each open channel, which it must not close. */
void local_server_each(struct local_server *server,
                       void (*fn)(void *ctx, struct local_channel *channel), void *ctx);

/* A connection that is made again whenever it is lost: tried first in the next round of the
 * loop, then after 10 ms, doubling to 1 s. The server must run as root or as one of the users that
 * are named. */
struct local_link;
struct local_link *local_link_new(const struct local_options *options);
/* The channel while it is connected, else NULL. */
struct local_channel *local_link_channel(const struct local_link *link);
void local_link_free(struct local_link *link);
CLEANER(local_link_free, struct local_link *)

/* For programs without a loop: one question, and who may be there to answer it. */
struct local_question {
    const char *path;
    const uid_t *uids; /* beside root and our own user */
    size_t uid_count;
    uint16_t type;
    struct str body;
    int wait_ms; /* at least 1 */
};
/* Connects, sends one message, and waits for one. `body_out` is on the heap (mem_free), with a
 * zero byte behind it. ERR_NOT_FOUND: nobody listens. ERR_DENIED: the socket file is not for
 * us, or somebody else listens, who is told nothing. ERR_BUSY: no answer in time. ERR_LIMIT:
 * body too long. */
MUST_CHECK enum status local_call(const struct local_question *question,
                                  uint16_t *type_out, char **body_out, size_t *n_out,
                                  struct error *err);

/* Takes a packet apart; the body points into it. ERR_SYNTAX: not a message. Pure. */
MUST_CHECK enum status local_decode(struct str packet, uint16_t *type_out,
                                    struct str *body_out);
