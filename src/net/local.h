// SPDX-License-Identifier: GPL-3.0-or-later
/* local.h - how roles on one machine talk: named Unix sockets with typed messages.
 *
 * Sockets are SOCK_SEQPACKET, which keeps the bounds of messages. A message is a head of 8 bytes
 * (magic "RV", version 1, type and length of the body; see packet.h) and a body. Anything else
 * closes the channel, and so does a packet with more than LOCAL_FDS_MAX descriptors.
 *
 * Both ends check the user of the other. Only root, our own user and the users that were named may
 * talk. Each user may have LOCAL_CHANNELS_MAX channels, so that none can use up the descriptors of
 * the others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"
#include "net/loop.h"

enum {
    LOCAL_BODY_MAX = 128 * 1024,
    LOCAL_FDS_MAX = 2,
    LOCAL_CHANNELS_MAX = 64, /* of one user with one server */
    LOCAL_USERS_MAX = 3      /* of one server: root, its own user and one that is named */
};

/* One connection. Its owner ends it with local_close(). */
struct local_channel;

struct local_events {
    /* There is a new channel. May be NULL. */
    void (*opened)(void *ctx, struct local_channel *channel);
    /* A whole message has come. `body` is valid during the call. */
    void (*message)(void *ctx, struct local_channel *channel, uint16_t type,
                    struct str body);
    /* The peer has gone, or has broken the protocol. The channel is closed, and is freed after the
     * call. A local_link will connect again. May be NULL. */
    void (*closed)(void *ctx, struct local_channel *channel);
    /* All that was queued has been sent. It must not close the channel. May be NULL. */
    void (*sent)(void *ctx, struct local_channel *channel);
};

/* Whether messages are queued, because the peer takes none at the moment. */
bool local_is_queueing(const struct local_channel *channel);
/* Sends a message, or queues it while the peer's buffer is full. ERR_BUSY: more than 1 MiB would
 * be queued; the channel closes in the next round, as if the peer had gone. ERR_LIMIT: the body is
 * too long. ERR_IO: the peer has gone, and `closed` follows. */
MUST_CHECK enum status local_send(struct local_channel *channel, uint16_t type,
                                  struct str body);
/* Sends at most LOCAL_FDS_MAX descriptors with the message; otherwise like local_send(). The peer
 * gets copies. The caller keeps its own, and may close them after the call. */
MUST_CHECK enum status local_send_fds(struct local_channel *channel, uint16_t type,
                                      struct str body, const int *fds, size_t count);
/* Only during `message`: takes the next descriptor that came with it, which is close-on-exec. -1:
 * there is no other. Descriptors that are not taken are closed after the call. */
int local_take_fd(struct local_channel *channel);
/* The user and the process at the other end. */
uid_t local_peer_uid(const struct local_channel *channel);
pid_t local_peer_pid(const struct local_channel *channel);
/* Keeps a pointer for the owner, which local_data() returns. */
void local_set_data(struct local_channel *channel, void *data);
void *local_data(const struct local_channel *channel);
/* Closes and frees the channel without calling `closed`. A link connects again. NULL is fine. */
void local_close(struct local_channel *channel);

struct local_options {
    struct loop *loop;
    const char *path; /* of the socket; copied */
    /* Users that may be at the other end, besides root and our own; copied. */
    const uid_t *uids;
    size_t uid_count;
    const struct local_events *events; /* copied */
    void *ctx;
    mode_t mode; /* of the socket file; only for local_listen() */
};

struct local_server;
/* Listens on the path, and closes connections of users that are not named. Replaces a socket on
 * which no process listens any more. ERR_BUSY: some process listens on it. ERR_EXISTS: the path is
 * not a socket. ERR_LIMIT: the path is too long. ERR_IO. */
MUST_CHECK enum status local_listen(const struct local_options *options,
                                    struct local_server **out, struct error *err);
/* Takes no new channels, and closes each one when it has read what its peer has sent. A message is
 * delivered during the call, or its sender gets ERR_IO. */
void local_server_drain(struct local_server *server);
/* Closes all its channels without calling `closed`, and removes the socket file. NULL is fine. */
void local_server_close(struct local_server *server);
CLEANER(local_server_close, struct local_server *)
/* Calls fn for each open channel. fn must not close it. */
void local_server_each(struct local_server *server,
                       void (*fn)(void *ctx, struct local_channel *channel), void *ctx);

/* A connection that is made again whenever it is lost. The first try is in the next round of the
 * loop. Later ones follow after 10 ms, then after twice as long each time, up to 1 s. The server
 * must run as root, as our own user or as one that is named. */
struct local_link;
struct local_link *local_link_new(const struct local_options *options);
/* The channel. NULL: it is not connected. */
struct local_channel *local_link_channel(const struct local_link *link);
/* Closes the channel without calling `closed`. NULL is fine. */
void local_link_free(struct local_link *link);
CLEANER(local_link_free, struct local_link *)

/* One question, for programs without a loop. */
struct local_question {
    const char *path;
    /* Users that may answer, besides root and our own. */
    const uid_t *uids;
    size_t uid_count;
    uint16_t type;
    struct str body;
    int wait_ms; /* at least 1 */
};
/* Connects, sends one message, and waits for one. The caller frees *body_out (mem_free), which has
 * a zero byte behind it. ERR_NOT_FOUND: no process listens. ERR_DENIED: we may not open the socket,
 * or another user listens there, to which nothing is sent. ERR_BUSY: there was no answer in time.
 * ERR_LIMIT: the body or the path is too long. ERR_IO. */
MUST_CHECK enum status local_call(const struct local_question *question,
                                  uint16_t *type_out, char **body_out, size_t *n_out,
                                  struct error *err);

/* Takes a packet apart; the body points into it. ERR_SYNTAX: it is not a message. Pure. */
MUST_CHECK enum status local_decode(struct str packet, uint16_t *type_out,
                                    struct str *body_out);
