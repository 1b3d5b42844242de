// SPDX-License-Identifier: GPL-3.0-or-later
/* zones.h - the database's zones and hosts as records.
 *
 * A zone gives its rows of `records` (the apex NS among them) and an SOA whose serial is
 * serial_base + the newest seq of the zone or one of its hosts. An active host gives its
 * addresses, also at *.name when it is a wildcard. A host without an address, offline,
 * disabled or blocked gives a marker: a record of type 0 without data, by which the image
 * knows that the name exists, so that it answers NODATA and never NXDOMAIN or a wildcard's
 * data. Disabled zones give nothing. */
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

/* Loads the zones. `store` stands in a transaction, which must live as long as *out;
 * NULL: there are no zones. The caller frees *out. */
MUST_CHECK enum status zones_load(struct store *store, struct zones **out,
                                  struct error *err);
void zones_free(struct zones *zones);
CLEANER(zones_free, struct zones *)

/* Active zones there are. */
size_t zones_count(const struct zones *zones);
/* The active zone with the longest name at or above `name`, or NULL. Lent. */
const struct zone_row *zones_find(const struct zones *zones, const struct name *name);
/* The active zone with the id, or NULL. Lent. */
const struct zone_row *zones_find_id(struct zones *zones, int64_t id);
/* The zone that a host of this name belongs to; NULL: it is disabled. Lent. */
const struct zone_row *zones_find_holder(const struct zones *zones,
                                         const struct name *host);
/* The serial by the journal: `seq` is of the zone's newest change. Modulo 2^32 (RFC 1982). */
uint32_t zones_own_serial(const struct zone_row *zone, int64_t seq);
/* Calls `fn` for the name of each active zone. */
void zones_each(const struct zones *zones, void (*fn)(void *ctx, struct str name),
                void *ctx);
/* Whether the database gives `zone` this NS record at its apex; `rdata` in any case. */
MUST_CHECK enum status zones_has_ns(const struct zones *zones,
                                    const struct zone_row *zone, struct str rdata,
                                    bool *out, struct error *err);

/* What zones_walk() asks of its caller. */
struct zones_rules {
    /* Whether the operator's lines have taken the name. */
    bool (*is_taken)(void *ctx, const struct name *name);
    /* Whether they hold addresses or an alias at a zone's own name, where other lines of theirs
     * stand beside what the zone has. */
    bool (*has_addresses)(void *ctx, const struct name *apex);
    /* The serial to publish a zone with, of which the journal says `own`. */
    uint32_t (*choose_serial)(void *ctx, const struct name *zone, uint32_t own);
    const atomic_bool
        *stop; /* once it is true, the walk ends with ERR_BUSY; may be NULL */
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

/* Emits every record: hosts, then further records, then the SOA records. Hosts and records
 * below the apex whose names are taken are left out. */
MUST_CHECK enum status zones_walk(struct zones *zones, const struct zones_rules *rules,
                                  const struct record_sink *sink,
                                  struct zones_counts *counts, struct error *err);

/* Goes on with the zones as they were loaded in another transaction, or with none (NULL). As
 * long as no zone came, went or was set since, what stands below is true. */
void zones_use(struct zones *zones, struct store *store);
/* Emits what zones_walk() emits now for `name` and "*.name", but SOA records. */
MUST_CHECK enum status zones_emit_name(struct zones *zones, const struct name *name,
                                       const struct zones_rules *rules,
                                       const struct record_sink *sink, struct error *err);
