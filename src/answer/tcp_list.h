// SPDX-License-Identifier: GPL-3.0-or-later
/* tcp_list.h - the TCP connections that are open, the one that has been quiet for longest first.
 * For tcp.c and tcp_connection.c. */
#pragma once

#include <sys/queue.h>

#include "answer/answer.h"
#include "answer/served_image.h"
#include "answer/tcp_limits.h"
#include "answer/transfer_turns.h"
#include "net/loop.h"

struct transfer;

enum {
    TCP_LENGTH_SIZE = 2, /* of the field before each message */
    TCP_FRAME_SIZE = TCP_LENGTH_SIZE + MESSAGE_SIZE,
    /* So that many small replies are sent in one call. */
    TCP_OUT_SIZE = 2 * TCP_FRAME_SIZE,
};

struct tcp_listener {
    struct answer_tcp *tcp;
    struct watch watch;
    int fd;
};

struct answer_tcp {
    struct loop *loop;
    struct answer *answer;
    struct served_image *served;
    struct answer_tcp_limits limits;
    struct tcp_listener listeners[ANSWER_LISTEN_MAX];
    size_t listener_count;
    /* The one that has been quiet for longest is first. */
    TAILQ_HEAD(tcp_connection_list, tcp_connection) connections;
    size_t count;
    struct turns turns;
    struct timer idle, pause;
    /* All connections share one buffer to read into and one to write into. Both are empty between
     * two events. */
    uint8_t in[TCP_FRAME_SIZE], out[TCP_OUT_SIZE];
    size_t out_n;
};

/* While it waits for anything except a query, it reads nothing from the peer. */
struct tcp_connection {
    struct answer_tcp *tcp;
    TAILQ_ENTRY(tcp_connection) links; /* in the list of `tcp` */
    int64_t active_ms;
    struct watch watch;
    int fd;
    struct ip ip;
    uint8_t *in; /* bytes that were read, but not answered yet */
    size_t in_n;
    uint8_t *out; /* in SEND: the bytes that wait, from out_at on */
    size_t out_at, out_n;
    bool ended;                /* the peer sends no more */
    struct transfer *transfer; /* in TRANSFER, and in SEND if it goes on afterwards */
    /* The image that it reads, if it needs one that does not change. */
    struct frozen_image *frozen;
    struct frozen_wait wait; /* in IMAGE */
    struct turn turn;        /* from TURN until the transfer has ended */
    int64_t begun_ms;        /* of the transfer */
    const char *broken;      /* why it cannot be sent to its end; NULL: all is well */
    bool failed;             /* the turn or the image could not be had */
    bool counted; /* the query that waits for the image is in the counters already */
};

void tcp_list_append(struct tcp_connection *connection);
void tcp_list_remove(struct tcp_connection *connection);
/* Notes activity: the time in which it may be quiet begins again. */
void tcp_list_mark_active(struct tcp_connection *connection);
/* How long a connection may be quiet now. */
int64_t tcp_idle_ms(const struct answer_tcp *tcp);
