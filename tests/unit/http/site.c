// SPDX-License-Identifier: GPL-3.0-or-later
#include "site.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

enum {
    TURNS = 8 /* events that follow from events, such as a close from a close */
};

uint64_t sum_of(struct str bytes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes.n; i++)
        sum = sum * 31 + (unsigned char)bytes.at[i];
    return sum;
}

static void handle(void *ctx, struct http_exchange *exchange)
{
    struct site *site = ctx;
    struct str target = http_request_head(exchange)->target;
    struct buf text = BUF_ON(site->target);
    buf_put(&text, str_first(target, sizeof(site->target) - 1));
    (void)buf_text(&text);
    site->requests++;
    site->body_n = http_request_body(exchange).n;
    site->body_sum = sum_of(http_request_body(exchange));
    site->source = http_request_source(exchange);
    site->encrypted = http_request_encrypted(exchange);
    if (site->holds) {
        assert_true(site->held_count < HELD_MAX);
        site->held[site->held_count++] = exchange;
        return;
    }
    struct http_response response = site->response;
    if (site->echoes)
        response.body = http_request_body(exchange);
    http_reply(exchange, &response);
}

void site_init(struct site *site, const struct http_server_options *options)
{
    memset(site, 0, sizeof(*site));
    clock_manual_init(&site->clock, 784111777, 1000);
    site->loop = loop_new(&site->clock.clock);
    site->response = (struct http_response){ .status = 200, .body = STR("fine\n") };
    struct http_server_options own = { 0 };
    if (options)
        own = *options;
    own.handler = handle;
    own.ctx = site;
    site->server = http_server_new(site->loop, &own);
}

void site_done(struct site *site)
{
    http_server_free(site->server);
    loop_free(site->loop);
}

int site_connect(struct site *site, const char *ip)
{
    int ends[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct ip source = { 0 };
    if (ip)
        CHECK_INT(ip_parse(str_from(ip), &source), OK);
    http_server_add_connection(site->server, ends[1], source, false);
    return ends[0];
}

void site_settle(struct site *site)
{
    for (int i = 0; i < TURNS; i++)
        loop_turn(site->loop, 0);
}

void site_pass(struct site *site, int64_t ms)
{
    site->clock.now_ms += ms;
    site_settle(site);
}

void site_send(struct site *site, int fd, struct str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.at, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return; /* a server that has had enough: what it said is what counts */
        if (n > 0)
            bytes = str_from_at(bytes, (size_t)n);
        loop_turn(site->loop, 0);
    }
    site_settle(site);
}

struct received site_receive(struct site *site, int fd)
{
    static char seen[SEEN_SIZE];
    struct received received = { .text = { seen, 0 } };
    for (;;) {
        ssize_t n = recv(fd, seen + received.text.n, sizeof(seen) - received.text.n,
                         MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return received;
        if (n <= 0) {
            received.end = true;
            return received;
        }
        received.text.n += (size_t)n;
        site_settle(site);
    }
}
