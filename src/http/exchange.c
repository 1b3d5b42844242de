// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/exchange.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/server.h"

enum {
    SPARES_MAX = 256,
    ARENA_BLOCK = 8192, /* enough for an update with 64 parameters */
};

/* The head of a free buffer. */
struct spare {
    SLIST_ENTRY(spare) links;
};

char *buffer_take(struct exchange_pool *pool)
{
    struct spare *spare = SLIST_FIRST(&pool->buffers);
    if (!spare)
        return mem_new(HTTP_HEAD_MAX);
    SLIST_REMOVE_HEAD(&pool->buffers, links);
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
    struct spare *spare = (void *)buffer; /* aligned: it comes from the heap */
    SLIST_INSERT_HEAD(&pool->buffers, spare, links);
    pool->buffer_count++;
}

struct http_exchange *exchange_take(struct exchange_pool *pool)
{
    struct http_exchange *exchange = LIST_FIRST(&pool->spares);
    if (exchange) {
        LIST_REMOVE(exchange, links);
        pool->spare_count--;
    } else {
        exchange = NEW(struct http_exchange);
        exchange->pool = pool;
        exchange->arena = arena_new(ARENA_BLOCK);
    }
    LIST_INSERT_HEAD(&pool->live, exchange, links);
    return exchange;
}

void exchange_give(struct http_exchange *exchange)
{
    struct exchange_pool *pool = exchange->pool;
    LIST_REMOVE(exchange, links);
    buffer_give(pool, TAKE(exchange->bytes));
    mem_free(TAKE(exchange->heap));
    exchange->connection = NULL;
    exchange->body = (struct str){ 0 };
    exchange->more = NULL;
    if (pool->spare_count == SPARES_MAX) {
        arena_free(exchange->arena);
        mem_free(exchange);
        return;
    }
    arena_reset(exchange->arena);
    LIST_INSERT_HEAD(&pool->spares, exchange, links);
    pool->spare_count++;
}

void exchange_pool_done(struct exchange_pool *pool)
{
    while (!LIST_EMPTY(&pool->live))
        exchange_give(LIST_FIRST(&pool->live));
    for (struct http_exchange *spare; (spare = LIST_FIRST(&pool->spares));) {
        LIST_REMOVE(spare, links);
        arena_free(spare->arena);
        mem_free(spare);
    }
    for (struct spare *spare; (spare = SLIST_FIRST(&pool->buffers));) {
        SLIST_REMOVE_HEAD(&pool->buffers, links);
        mem_free(spare);
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

void http_reply_with(struct http_exchange *exchange, const char *const *fields)
{
    exchange->more = fields;
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
