// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/source.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/reader.h"

struct source_table {
    struct source **buckets;
    unsigned bits;            /* of the number of buckets */
    uint64_t add, multiplier; /* secret, so that nobody can choose sources that collide */
};

struct source_table *source_table_new(size_t connections)
{
    struct source_table *table = NEW(struct source_table);
    table->bits = 4;
    while (table->bits < 20 && (size_t)1 << table->bits < connections)
        table->bits++;
    table->buckets = mem_new_array((size_t)1 << table->bits, sizeof(struct source *));
    random_fill(&table->add, sizeof(table->add));
    random_fill(&table->multiplier, sizeof(table->multiplier));
    table->multiplier |= 1;
    return table;
}

void source_table_free(struct source_table *table)
{
    if (!table)
        return;
    mem_free(table->buckets);
    mem_free(table);
}

/* The first eight bytes: an IPv4 address (the others are zero), or the first half of an IPv6
 * one. */
static uint64_t key_of(struct ip ip)
{
    return read_u64(ip.bytes);
}

/* Chooses the bucket by the top bits of a product, which depend on all bits of its factors. */
static struct source **bucket_of(const struct source_table *table, uint64_t key)
{
    return &table->buckets[(key + table->add) * table->multiplier >> (64 - table->bits)];
}

struct source *source_take(struct source_table *table, struct ip ip)
{
    uint64_t key = key_of(ip);
    struct source **bucket = bucket_of(table, key);
    struct source *at = *bucket;
    while (at && (at->key != key || at->family != ip.family))
        at = at->next;
    if (!at) {
        at = NEW(struct source);
        at->key = key;
        at->family = ip.family;
        TAILQ_INIT(&at->waiting);
        TAILQ_INIT(&at->lasting);
        at->next = *bucket;
        *bucket = at;
    }
    at->count++;
    return at;
}

struct source *source_take_within(struct source_table *table, struct ip ip, size_t limit,
                                  void (*end)(void *owner))
{
    struct source *source = source_take(table, ip);
    const struct source_place *longest = TAILQ_EMPTY(&source->waiting)
                                             ? TAILQ_FIRST(&source->lasting)
                                             : TAILQ_FIRST(&source->waiting);
    if (source->count <= limit)
        return source;
    if (longest) {
        end(longest->owner);
        return source;
    }
    source_release(table, source);
    return NULL;
}

void source_release(struct source_table *table, struct source *source)
{
    if (--source->count > 0)
        return;
    struct source **at = bucket_of(table, source->key);
    while (*at != source)
        at = &(*at)->next;
    *at = source->next;
    mem_free(source);
}

static void put_last(struct source_place *place, struct source_place_list *list)
{
    source_wait_no_more(place);
    place->list = list;
    TAILQ_INSERT_TAIL(list, place, links);
}

void source_wait(struct source_place *place)
{
    if (place->source)
        put_last(place, &place->source->waiting);
}

void source_wait_last(struct source_place *place)
{
    if (place->source)
        put_last(place, &place->source->lasting);
}

void source_wait_no_more(struct source_place *place)
{
    struct source_place_list *list = TAKE(place->list);
    if (list)
        TAILQ_REMOVE(list, place, links);
}
