// SPDX-License-Identifier: GPL-3.0-or-later
/* exchange.h - requests that are being answered, and a pool of spare buffers and exchanges.
 *
 * A buffer or an exchange that is free goes to a short list, so that a request on a kept-alive
 * connection allocates nothing. */
#pragma once

#include <sys/queue.h>

#include "base/arena.h"
#include "base/ip.h"
#include "http/head.h"

struct connection;
struct spare;

struct exchange_pool {
    SLIST_HEAD(spare_list, spare) buffers; /* HTTP_HEAD_MAX bytes each */
    size_t buffer_count;
    LIST_HEAD(spare_exchange_list, http_exchange) spares;
    size_t spare_count;
    LIST_HEAD(live_exchange_list, http_exchange) live; /* all that are in use */
};

struct http_exchange {
    struct exchange_pool *pool;
    struct connection *connection; /* NULL: it has ended */
    /* In the pool's list of spares, or of those in use. */
    LIST_ENTRY(http_exchange) links;
    struct http_head head;
    struct str body;
    char *heap; /* the body, if the connection's buffer cannot hold it */
    size_t heap_n, heap_size;
    char *bytes; /* the connection's buffer, once the connection has ended */
    struct arena *arena;
    struct ip ip;
    bool encrypted;
    const char *const *more; /* lines of the reply beside its own; NULL: none */
};

void exchange_pool_done(struct exchange_pool *pool);
/* Takes a buffer of HTTP_HEAD_MAX bytes out of the pool, and puts one back. */
char *buffer_take(struct exchange_pool *pool);
/* NULL is fine. */
void buffer_give(struct exchange_pool *pool, char *buffer);

struct http_exchange *exchange_take(struct exchange_pool *pool);
void exchange_give(struct http_exchange *exchange);

/* Puts the body on the heap; it begins with these bytes. */
void exchange_start_heap(struct http_exchange *exchange, struct str first);
/* Room for the next bytes of the body. It grows with what has come, but never beyond the body's
 * length. */
struct buf exchange_heap_room(struct http_exchange *exchange);
