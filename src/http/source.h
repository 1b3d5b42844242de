// SPDX-License-Identifier: GPL-3.0-or-later
/* source.h - where connections come from: how many of each source, and which of them may be
 * ended for a new one.
 *
 * A source is an IPv4 address or an IPv6 /64. Entries exist only while a connection of the
 * source does, so the table is bounded by the number of connections. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/ip.h"

struct connection;

struct source {
    struct source *next; /* in its bucket */
    uint64_t key;
    uint8_t family;
    size_t count;
    /* Its connections that wait for their peer, the longest waiting first. */
    TAILQ_HEAD(connection_list, connection) waiting;
};

struct source_table;

/* For about `connections` entries. */
struct source_table *source_table_new(size_t connections);
void source_table_free(struct source_table *table);
/* The entry of `ip`, made if there is none, with its count raised. */
struct source *source_take(struct source_table *table, struct ip ip);
/* Lowers the count; an entry that reaches 0 is gone. */
void source_release(struct source_table *table, struct source *source);
