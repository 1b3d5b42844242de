// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/dns_ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/reader.h"
#include "dns/query.h"
#include "net/socket.h"

enum {
    UDP_TRIES = 2,
    UDP_SIZE = 4096,
};

/* One try of a question. */
struct exchange {
    const struct dns_server *server;
    struct query query;
    struct dns_answer *out;
    int64_t until_ms;
};

static int64_t now_ms(void)
{
    return clock_steady_ms(clock_system());
}

/* Waits until `fd` is ready for one of `events`. */
static bool wait_for(int fd, short events, int64_t until_ms)
{
    struct pollfd poll_fd = { .fd = fd, .events = events };
    int64_t left_ms = until_ms - now_ms();
    while (left_ms > 0) {
        int n = poll(&poll_fd, 1, (int)left_ms);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
        left_ms = until_ms - now_ms();
    }
    return false;
}

static bool take_data(struct dns_record *to, const struct record *record)
{
    switch (record->type) {
    case RR_A:
    case RR_AAAA:
        return ip_from_bytes(record->rdata, &to->ip) == OK;
    case RR_NS:
        return name_decode(record->rdata, &to->server) == OK;
    case RR_SOA:
        return soa_decode(record->rdata, &to->soa) == OK;
    default:
        return false;
    }
}

static void take_record(void *ctx, enum message_section section,
                        const struct record *record)
{
    struct dns_answer *answer = (struct dns_answer *)ctx;
    if (answer->count == DNS_RECORDS_MAX)
        return;
    struct dns_record *to = &answer->records[answer->count];
    *to = (struct dns_record){ .section = section,
                               .owner = record->owner,
                               .type = record->type,
                               .ttl_s = record->ttl_s };
    answer->count += take_data(to, record);
}

static enum status read_reply(const struct exchange *exchange, const uint8_t *wire,
                              size_t n, bool *truncated)
{
    struct query_reply reply;
    exchange->out->count = 0;
    enum status status =
        query_read_reply(&exchange->query, wire, n, &reply, take_record, exchange->out);
    if (status)
        return status;
    exchange->out->rcode = reply.rcode;
    exchange->out->authoritative = reply.authoritative;
    *truncated = reply.truncated;
    return OK;
}

static enum status fail(const struct exchange *exchange, enum status status,
                        const char *why, struct error *err)
{
    return FAIL(err, status, "%s port %u: %s", ip_text(exchange->server->ip),
                (unsigned)exchange->server->port, why);
}

static enum status fail_by_errno(const struct exchange *exchange, struct error *err)
{
    bool silent = errno == ECONNREFUSED || errno == EAGAIN;
    return fail(exchange, silent ? ERR_BUSY : ERR_IO,
                errno == EAGAIN ? "no answer" : strerror(errno), err);
}

/* Asks over UDP. A message that is not the reply is ignored: it may be forged. */
static enum status ask_udp(const struct exchange *exchange, bool *truncated,
                           struct error *err)
{
    uint8_t wire[UDP_SIZE];
    CLEANUP(file_closep) int fd = -1;
    enum status status =
        socket_connect_udp(exchange->server->ip, exchange->server->port, &fd, err);
    if (status)
        return status;
    size_t n = query_encode(&exchange->query, wire);
    if (send(fd, wire, n, 0) < 0)
        return fail_by_errno(exchange, err);
    while (wait_for(fd, POLLIN, exchange->until_ms)) {
        ssize_t got = recv(fd, wire, sizeof(wire), 0);
        if (got < 0 && errno != EAGAIN)
            return fail_by_errno(exchange, err);
        if (got < 0)
            continue;
        status = read_reply(exchange, wire, (size_t)got, truncated);
        if (status == ERR_SYNTAX)
            return fail(exchange, status, "a broken answer", err);
        if (status == OK)
            return OK;
    }
    return fail(exchange, ERR_BUSY, "no answer", err);
}

/* Reads exactly `n` bytes. */
static bool read_whole(int fd, uint8_t *at, size_t n, int64_t until_ms)
{
    while (n > 0) {
        if (!wait_for(fd, POLLIN, until_ms))
            return false;
        ssize_t got = recv(fd, at, n, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (got > 0) {
            at += got;
            n -= (size_t)got;
        }
    }
    return true;
}

static enum status ask_tcp(const struct exchange *exchange, struct error *err)
{
    CLEANUP(mem_freep) uint8_t *wire = mem_new(2 + MESSAGE_SIZE);
    CLEANUP(file_closep) int fd = -1;
    enum status status =
        socket_connect_tcp(exchange->server->ip, exchange->server->port, &fd, err);
    if (status)
        return status;
    size_t n = query_encode(&exchange->query, wire + 2);
    wire[0] = (uint8_t)(n >> 8);
    wire[1] = (uint8_t)n;
    /* The send buffer is empty, so it takes a whole query. */
    if (!wait_for(fd, POLLOUT, exchange->until_ms) ||
        send(fd, wire, n + 2, MSG_NOSIGNAL) != (ssize_t)n + 2 ||
        !read_whole(fd, wire, 2, exchange->until_ms))
        return fail(exchange, ERR_BUSY, "no answer over TCP", err);
    n = read_u16(wire);
    bool truncated = false;
    if (!read_whole(fd, wire, n, exchange->until_ms))
        return fail(exchange, ERR_BUSY, "no whole answer over TCP", err);
    if (read_reply(exchange, wire, n, &truncated) || truncated)
        return fail(exchange, ERR_SYNTAX, "a broken answer over TCP", err);
    return OK;
}

enum status dns_ask(const struct dns_server *server, const struct dns_ask *ask,
                    struct dns_answer *out, struct error *err)
{
    struct exchange exchange = {
        .server = server,
        .query = { .recursive = ask->recursive, .name = ask->name, .type = ask->type },
        .out = out
    };
    bool truncated = false;
    enum status status = ERR_BUSY;
    for (int i = 0; i < UDP_TRIES && status == ERR_BUSY; i++) {
        random_fill(&exchange.query.id, sizeof(exchange.query.id));
        exchange.until_ms = now_ms() + DNS_ASK_WAIT_MS;
        status = ask_udp(&exchange, &truncated, err);
    }
    if (status || !truncated)
        return status;
    exchange.until_ms = now_ms() + DNS_ASK_WAIT_MS;
    return ask_tcp(&exchange, err);
}
