// SPDX-License-Identifier: GPL-3.0-or-later
/* tcp_connection.h - one TCP connection: reads queries, sends replies and transfers. For tcp.c. */
#pragma once

#include "answer/tcp_list.h"

/* What a connection waits for. It is not stored, but follows from what the connection has. */
enum tcp_state {
    TCP_READ,     /* the next query */
    TCP_TURN,     /* its turn to transfer a zone */
    TCP_IMAGE,    /* an image that does not change, to transfer from */
    TCP_TRANSFER, /* room for the next messages of a transfer */
    TCP_SEND,     /* room for replies or messages that the peer has not taken yet */
};

enum tcp_state tcp_connection_state(const struct tcp_connection *connection);
/* Begins a connection on `fd`, which it takes. */
void tcp_connection_begin(struct answer_tcp *tcp, int fd, struct ip ip);
/* Closes and frees the connection. `why` is for the log if that ends a transfer. */
void tcp_connection_end(struct tcp_connection *connection, const char *why);
