// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/tcp_list.h"

void tcp_list_append(struct tcp_connection *connection)
{
    struct answer_tcp *tcp = connection->tcp;
    TAILQ_INSERT_TAIL(&tcp->connections, connection, links);
    tcp->count++;
    connection->active_ms = loop_now_ms(tcp->loop);
}

void tcp_list_remove(struct tcp_connection *connection)
{
    struct answer_tcp *tcp = connection->tcp;
    TAILQ_REMOVE(&tcp->connections, connection, links);
    tcp->count--;
}

void tcp_list_mark_active(struct tcp_connection *connection)
{
    tcp_list_remove(connection);
    tcp_list_append(connection);
}

int64_t tcp_idle_ms(const struct answer_tcp *tcp)
{
    bool busy = tcp->count * 2 >= tcp->limits.connections;
    return busy ? tcp->limits.idle_busy_ms : tcp->limits.idle_ms;
}
