// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/exchange.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/server.h"

enum {
    SPARES_MAX = 256,
    ARENA_BLOCK = 8192, /* what an update needs, with 64 parameters */
};

/* What a free buffer holds. */
struct spare {
    struct spare *next;
};

char *buffer_take(struct exchange_pool *pool)
{
    struct spare *spare = pool->buffers;
    if (!spare)
        return mem_new(HTTP_HEAD_MAX);
    pool->buffers = spare->next;
    pool->buffer_count--;
    return (char *)spare;
}

void buffer_give(struct exchange_pool *pool, char *buffer)
{
    if (!buffer)
        return;
    if (pool->buffer_count == SPARES_MAX) {
        mem_free(buffer);
        return;
    }
    struct spare *spare = (void *)buffer; /* from the heap, so aligned for anything */
    spare->next = pool->buffers;
    pool->buffers = spare;
    pool->buffer_count++;
}

struct http_exchange *exchange_take(struct exchange_pool *pool)
{
    struct http_exchange *exchange = pool->spares;
    if (exchange) {
        pool->spares = exchange->after;
        pool->spare_count--;
    } else {
        exchange = NEW(struct http_exchange);
        exchange->pool = pool;
        exchange->arena = arena_new(ARENA_BLOCK);
    }
    exchange->before = NULL;
    exchange->after = pool->live;
    if (pool->live)
        pool->live->before = exchange;
    pool->live = exchange;
    return exchange;
}

void exchange_give(struct http_exchange *exchange)
{
    struct exchange_pool *pool = exchange->pool;
    if (exchange->before)
        exchange->before->after = exchange->after;
    else
        pool->live = exchange->after;
    if (exchange->after)
        exchange->after->before = exchange->before;
    buffer_give(pool, TAKE(exchange->bytes));
    mem_free(TAKE(exchange->heap));
    exchange->connection = NULL;
    exchange->body = (struct str){ 0 };
    if (pool->spare_count == SPARES_MAX) {
        arena_free(exchange->arena);
        mem_free(exchange);
        return;
    }
    arena_reset(exchange->arena);
    exchange->after = pool->spares;
    pool->spares = exchange;
    pool->spare_count++;
}

void exchange_pool_done(struct exchange_pool *pool)
{
    while (pool->live)
        exchange_give(pool->live);
    while (pool->spares) {
        struct http_exchange *next = pool->spares->after;
        arena_free(pool->spares->arena);
        mem_free(pool->spares);
        pool->spares = next;
    }
    while (pool->buffers) {
        struct spare *next = pool->buffers->next;
        mem_free(pool->buffers);
        pool->buffers = next;
    }
}

void exchange_start_heap(struct http_exchange *exchange, struct str first)
{
    exchange->heap_size = HTTP_HEAD_MAX;
    exchange->heap = mem_new(exchange->heap_size);
    exchange->heap_n = first.n;
    memcpy(exchange->heap, first.at, first.n);
}

struct buf exchange_heap_room(struct http_exchange *exchange)
{
    exchange->heap =
        mem_grow(exchange->heap, exchange->heap_n + 1, &exchange->heap_size, 1);
    size_t room = exchange->heap_size - exchange->heap_n;
    size_t wanted = (size_t)exchange->head.content_length - exchange->heap_n;
    return buf_on(exchange->heap + exchange->heap_n, room < wanted ? room : wanted);
}

const struct http_head *http_request_head(const struct http_exchange *exchange)
{
    return &exchange->head;
}

struct str http_request_body(const struct http_exchange *exchange)
{
    return exchange->body;
}

struct ip http_request_source(const struct http_exchange *exchange)
{
    return exchange->ip;
}

bool http_request_encrypted(const struct http_exchange *exchange)
{
    return exchange->encrypted;
}

struct arena *http_request_arena(const struct http_exchange *exchange)
{
    return exchange->arena;
}
