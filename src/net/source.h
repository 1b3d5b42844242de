// SPDX-License-Identifier: GPL-3.0-or-later
/* source.h - the sources of connections: how many each one has, and which of them may be ended for
 * a new one.
 *
 * A source is an IPv4 address or an IPv6 /64. It has an entry only while it has a connection, so
 * the table never has more entries than there are connections. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/ip.h"

struct source;
TAILQ_HEAD(source_place_list, source_place);

/* One connection's place among those of its source that may be ended. Lives in the connection. */
struct source_place {
    struct source *source; /* NULL: not known yet */
    TAILQ_ENTRY(source_place) links;
    struct source_place_list *list; /* that it is in; NULL: in none */
    void *owner;
};

struct source {
    struct source *next; /* in the same bucket */
    uint64_t key;
    uint8_t family;
    size_t count;
    /* Its connections that wait for their peer, and those that give way after all others; in each
     * the one that entered its state first is first. */
    struct source_place_list waiting, lasting;
};

struct source_table;

/* A table for about so many connections. */
struct source_table *source_table_new(size_t connections);
void source_table_free(struct source_table *table);
/* The source of `ip`, which is made if there is none; it now counts one more connection. */
struct source *source_take(struct source_table *table, struct ip ip);
/* The same with a limit. At its limit the source loses the connection that has waited longest
 * (of those that give way last only if there is no other), so that other sources do not suffer, and
 * the next honest client behind the same address gets in: `end` gets its owner, and ends it. NULL:
 * none of its connections waits. */
struct source *source_take_within(struct source_table *table, struct ip ip, size_t limit,
                                  void (*end)(void *owner));
/* Counts one connection less. A source without connections is freed. */
void source_release(struct source_table *table, struct source *source);

/* Puts the connection at the end of a list of its source, if that is known; and out of it. */
void source_wait(struct source_place *place);
void source_wait_last(struct source_place *place);
void source_wait_no_more(struct source_place *place);
