// SPDX-License-Identifier: GPL-3.0-or-later
/* site.h - a server on a clock that stands, with a handler that notes what it gets. */
#pragma once

#include "base/buf.h"
#include "http/server.h"

enum {
    HELD_MAX = 32,
    SEEN_SIZE = 1 << 20,
};

struct site {
    struct clock_manual clock;
    struct loop *loop;
    struct http_server *server;
    unsigned requests;
    bool holds; /* the handler keeps the exchanges instead of replying */
    struct http_exchange *held[HELD_MAX];
    size_t held_count;
    struct http_response response; /* what the handler replies */
    bool echoes;                   /* the reply's body is the request's */
    char target[64];               /* of the last request */
    uint64_t body_sum;
    size_t body_n;
    struct ip source;
    bool encrypted;
};

/* `options` may be NULL; its handler is set here. */
void site_init(struct site *site, const struct http_server_options *options);
void site_done(struct site *site);
/* The far end of a new connection from `ip`: a local socket, not blocking. */
int site_connect(struct site *site, const char *ip);
/* Delivers until nothing is left to do now. */
void site_settle(struct site *site);
/* Lets time pass and delivers. */
void site_pass(struct site *site, int64_t ms);
/* Sends all of the bytes, then settles. */
void site_send(struct site *site, int fd, struct str bytes);

/* All that has come since, as text; `end` when the peer has closed its side. */
struct received {
    struct str text;
    bool end;
};
struct received site_receive(struct site *site, int fd);

uint64_t sum_of(struct str bytes);
