// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/server.h"

#include "answer/udp.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/socket.h"

enum {
    PORT_TRIES = 16 /* for a port that is free for both, when the system chooses */
};

struct answer_server {
    struct loop *loop;
    const struct answer_source *source;
    struct answer *answer;
    struct answer_tcp *tcp;
    struct answer_udp *udp[ANSWER_LISTEN_MAX];
    size_t udp_count;
};

struct answer_server *answer_server_new(struct loop *loop,
                                        const struct answer_source *source,
                                        const struct answer_tcp_limits *limits)
{
    static const struct answer_tcp_limits usual = {
        .connections = ANSWER_CONNECTIONS,
        .per_source = ANSWER_CONNECTIONS_PER_SOURCE,
        .idle_ms = ANSWER_IDLE_MS,
        .idle_busy_ms = ANSWER_IDLE_BUSY_MS,
    };
    struct answer_server *server = NEW(struct answer_server);
    server->loop = loop;
    server->source = source;
    server->answer = answer_new();
    server->tcp = answer_tcp_new(loop, server->answer, source, limits ? limits : &usual);
    return server;
}

void answer_server_free(struct answer_server *server)
{
    if (!server)
        return;
    for (size_t i = 0; i < server->udp_count; i++)
        answer_udp_free(server->udp[i]);
    answer_tcp_free(server->tcp);
    answer_free(server->answer);
    mem_free(server);
}

void answer_server_allow(struct answer_server *server, const struct answer_access *access)
{
    answer_allow(server->answer, access);
}

struct pair {
    int udp, tcp;
    uint16_t port;
};

static enum status bind_pair(struct ip ip, uint16_t port, bool shared, struct pair *out,
                             struct error *err)
{
    CLEANUP(file_closep) int tcp = -1;
    uint16_t chosen = 0;
    enum status status = socket_listen(ip, port, &tcp, &chosen, err);
    if (status)
        return status;
    int udp = -1;
    status = socket_bind_udp(ip, chosen, shared, &udp, NULL, err);
    if (status)
        return status;
    *out = (struct pair){ .udp = udp, .tcp = tcp, .port = chosen };
    tcp = -1;
    return OK;
}

enum status answer_server_listen(struct answer_server *server, struct ip ip,
                                 uint16_t port, bool shared, uint16_t *port_out,
                                 struct error *err)
{
    if (server->udp_count == ANSWER_LISTEN_MAX)
        return FAIL(err, ERR_LIMIT, "more than %d addresses to listen on",
                    ANSWER_LISTEN_MAX);
    struct pair pair = { .udp = -1, .tcp = -1 };
    enum status status = ERR_BUSY;
    for (int i = 0; i < (port ? 1 : PORT_TRIES) && status == ERR_BUSY; i++)
        status = bind_pair(ip, port, shared, &pair, err);
    if (status)
        return status;

    answer_tcp_listen(server->tcp, pair.tcp);
    server->udp[server->udp_count++] =
        answer_udp_new(server->loop, pair.udp, server->answer, server->source);
    if (port_out)
        *port_out = pair.port;
    return OK;
}

void answer_server_drain(struct answer_server *server)
{
    while (server->udp_count > 0)
        answer_udp_free(server->udp[--server->udp_count]);
    answer_tcp_close_listeners(server->tcp);
}

const struct answer_counters *answer_server_counters(const struct answer_server *server)
{
    return answer_counters(server->answer);
}

size_t answer_server_connections(const struct answer_server *server)
{
    return answer_tcp_count(server->tcp);
}
