// SPDX-License-Identifier: GPL-3.0-or-later
/* tcp_connection.h - one TCP connection: reads queries, and sends replies and transfers. For tcp.c,
 * which accepts connections, keeps their list, and ends those that are quiet for too long. */
#pragma once

#include <sys/queue.h>

#include "answer/tcp.h"
#include "answer/transfer_turns.h"

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

/* What a connection waits for. It is not stored, but follows from what the connection has. */
enum tcp_state {
    TCP_READ,     /* the next query */
    TCP_TURN,     /* its turn to transfer a zone */
    TCP_IMAGE,    /* an image that does not change, to transfer from */
    TCP_TRANSFER, /* room for the next messages of a transfer */
    TCP_SEND,     /* room for replies or messages that the peer has not taken yet */
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
};

enum tcp_state tcp_connection_state(const struct tcp_connection *connection);
/* Begins a connection on `fd`, which it takes. */
void tcp_connection_begin(struct answer_tcp *tcp, int fd, struct ip ip);
/* Closes and frees the connection. `why` is for the log if that ends a transfer. */
void tcp_connection_end(struct tcp_connection *connection, const char *why);

/* ----- the list, by tcp.c ----- */

void tcp_list_append(struct tcp_connection *connection);
void tcp_list_remove(struct tcp_connection *connection);
/* Notes activity: the time in which it may be quiet begins again. */
void tcp_list_mark_active(struct tcp_connection *connection);
/* How long a connection may be quiet now. */
int64_t tcp_idle_ms(const struct answer_tcp *tcp);
