// SPDX-License-Identifier: GPL-3.0-or-later
/* zones.h - gives the database's zones and hosts as records.
 *
 * A zone gives its rows of the table `records` (NS records of the apex among them) and an SOA,
 * whose serial is serial_base + the newest seq of the zone or one of its hosts. An active host
 * gives its addresses, also at *.name if it is a wildcard. A host that has no address, is offline,
 * disabled or blocked gives a marker: a record of type 0 without data. By it the image knows that
 * the name exists, so that the answer is NODATA and never NXDOMAIN or a wildcard's data. Disabled
 * zones give nothing. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "store/rows.h"

struct image;
struct store;
struct zones;

enum {
    RR_MARKER = 0 /* "this name exists"; never a real type (RFC 6895 3.1) */
};

/* Loads the zones. `store` is in a transaction, which must last as long as *out. NULL: there are
 * no zones. The caller frees *out. */
MUST_CHECK enum status zones_load(struct store *store, struct zones **out,
                                  struct error *err);
void zones_free(struct zones *zones);
CLEANER(zones_free, struct zones *)

/* How many active zones there are. */
size_t zones_count(const struct zones *zones);
/* The active zone with the longest name at or above `name`, or NULL. Lent. */
const struct zone_row *zones_find(const struct zones *zones, const struct name *name);
/* The active zone with the id, or NULL. Lent. */
const struct zone_row *zones_find_id(struct zones *zones, int64_t id);
/* The zone that a host of this name belongs to. NULL: that zone is disabled. Lent. */
const struct zone_row *zones_find_holder(const struct zones *zones,
                                         const struct name *host);
/* The zone's own serial; `seq` is its newest change. Modulo 2^32 (RFC 1982). */
uint32_t zones_own_serial(const struct zone_row *zone, int64_t seq);
/* Calls `fn` for the name of each active zone. */
void zones_each(const struct zones *zones, void (*fn)(void *ctx, struct str name),
                void *ctx);
/* Whether the database has this NS record at the apex of `zone`. Upper and lower case of `rdata`
 * are the same. */
MUST_CHECK enum status zones_has_ns(const struct zones *zones,
                                    const struct zone_row *zone, struct str rdata,
                                    bool *out, struct error *err);

/* What zones_walk() asks of its caller. */
struct zones_rules {
    /* Whether the operator's lines have taken the name. */
    bool (*is_taken)(void *ctx, const struct name *name);
    /* Whether they hold addresses or an alias at a zone's own name. Their other lines there stand
     * beside what the zone has. */
    bool (*has_addresses)(void *ctx, const struct name *apex);
    /* The serial to publish a zone with; `own` is its own one. */
    uint32_t (*choose_serial)(void *ctx, const struct name *zone, uint32_t own);
    /* Once it is true, the walk ends with ERR_BUSY; may be NULL. */
    const atomic_bool *stop;
    void *ctx;
};
static inline bool zones_is_stopped(const atomic_bool *stop)
{
    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

struct zones_counts {
    size_t hosts, hosts_taken;
    struct name taken_example; /* n is 0: none */
    size_t malformed;          /* records that are not whole (dns/rdata.h): left out */
    struct name malformed_example;
};

/* Emits every record: hosts, then further records, then the SOA records. It leaves out hosts and
 * records below the apex whose names are taken. */
MUST_CHECK enum status zones_walk(struct zones *zones, const struct zones_rules *rules,
                                  const struct record_sink *sink,
                                  struct zones_counts *counts, struct error *err);

/* Uses another transaction from now on, or none (NULL). The zones stay as they were loaded: the
 * caller makes sure that none was added, removed or set since. */
void zones_use(struct zones *zones, struct store *store);
/* Emits what zones_walk() would emit now for `name` and "*.name", except SOA records. */
MUST_CHECK enum status zones_emit_name(struct zones *zones, const struct name *name,
                                       const struct zones_rules *rules,
                                       const struct record_sink *sink, struct error *err);
