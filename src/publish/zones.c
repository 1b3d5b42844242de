// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/zones.h"

#include "base/mem.h"
#include "publish/byteset.h"
#include "store/tables.h"

#include <limits.h>
#include <stdlib.h>

struct zone {
    struct zone_row row;
    int64_t newest; /* seq of the newest change to the zone or one of its hosts */
};

/* A host whose further records may not stand. */
struct hidden {
    int64_t id;
    bool wholly; /* all of them; else only its addresses */
};

struct zones {
    struct store *store;
    struct zone *at; /* by id */
    size_t count, room;
    struct byteset *names; /* numbers are places in `at` */
    struct hidden *hidden;
    size_t hidden_count, hidden_room;
};

/* What a walk carries along. */
struct walk {
    struct zones *zones;
    const struct zones_rules *rules;
    const struct record_sink *sink;
    struct zones_counts *counts;
    struct zone *last; /* zone of the row before: rows of a zone tend to stand together */
    struct error *err;
};

/* Room for one more item of `size` bytes. */
static void *make_room(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? *room * 2 : 16;
    return mem_resize(at, *room, size);
}

static enum status load_zone(void *ctx, const struct zone_row *row)
{
    struct zones *zones = ctx;
    if (row->state != ZONE_ACTIVE)
        return OK;
    zones->at = make_room(zones->at, zones->count, &zones->room, sizeof(struct zone));
    zones->at[zones->count++] = (struct zone){ .row = *row, .newest = row->last_change };
    (void)byteset_add(zones->names, name_bytes(&row->name)); /* names are unique */
    return OK;
}

enum status zones_load(struct store *store, struct zones **out, struct error *err)
{
    CLEANUP(zones_freep) struct zones *zones = NEW(struct zones);
    zones->store = store;
    zones->names = byteset_new();
    enum status status =
        store ? store_zone_list(store, 0, INT_MAX, load_zone, zones, err) : OK;
    if (status)
        return status;
    *out = TAKE(zones);
    return OK;
}

void zones_free(struct zones *zones)
{
    if (!zones)
        return;
    byteset_free(zones->names);
    mem_free(zones->at);
    mem_free(zones->hidden);
    mem_free(zones);
}

size_t zones_count(const struct zones *zones)
{
    return zones->count;
}

const struct zone_row *zones_find(const struct zones *zones, const struct name *name)
{
    struct str rest = name_bytes(name);
    while (rest.n > 0) {
        int64_t number = byteset_find(zones->names, rest);
        if (number != BYTESET_NONE)
            return &zones->at[number].row;
        rest = str_from_at(rest, 1U + (uint8_t)rest.at[0]);
    }
    return NULL;
}

void zones_each(const struct zones *zones, void (*fn)(void *ctx, struct str name),
                void *ctx)
{
    for (size_t i = 0; i < zones->count; i++)
        fn(ctx, byteset_get(zones->names, i));
}

struct ns_search {
    const struct name *apex;
    struct name server;
    bool found;
};

static enum status compare_ns(void *ctx, const struct record_row *row)
{
    struct ns_search *search = ctx;
    struct name server;
    if (row->type == RR_NS && !row->wildcard && name_equal(&row->owner, search->apex) &&
        name_decode(str_bytes(row->rdata, row->rdata_n), &server) == OK)
        search->found = search->found || name_equal(&server, &search->server);
    return OK;
}

enum status zones_has_ns(const struct zones *zones, const struct zone_row *zone,
                         struct str rdata, bool *out, struct error *err)
{
    struct ns_search search = { .apex = &zone->name };
    if (name_decode(rdata, &search.server))
        return FAIL(err, ERR_SYNTAX, "an NS record that is no name");
    enum status status =
        store_record_list(zones->store, zone->id, compare_ns, &search, err);
    if (!status)
        *out = search.found;
    return status;
}

static int compare_zone_id(const void *key, const void *item)
{
    const int64_t *id = key;
    const struct zone *zone = item;
    return (*id > zone->row.id) - (*id < zone->row.id);
}

static struct zone *find_id(struct walk *walk, int64_t id)
{
    if (walk->last && walk->last->row.id == id)
        return walk->last;
    const struct zones *zones = walk->zones;
    struct zone *zone = zones->count == 0 ? NULL
                                          : bsearch(&id, zones->at, zones->count,
                                                    sizeof(struct zone), compare_zone_id);
    if (zone)
        walk->last = zone;
    return zone;
}

static void hide(struct zones *zones, int64_t id, bool wholly)
{
    zones->hidden = make_room(zones->hidden, zones->hidden_count, &zones->hidden_room,
                              sizeof(struct hidden));
    zones->hidden[zones->hidden_count++] = (struct hidden){ id, wholly };
}

static int compare_hidden(const void *a, const void *b)
{
    const struct hidden *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static const struct hidden *find_hidden(const struct zones *zones, int64_t host_id)
{
    const struct hidden key = { .id = host_id };
    if (zones->hidden_count == 0)
        return NULL;
    return bsearch(&key, zones->hidden, zones->hidden_count, sizeof(key), compare_hidden);
}

static enum status emit_family(const struct walk *walk, struct record *record,
                               const struct ip *ips, size_t count)
{
    enum status status = OK;
    for (size_t i = 0; i < count && !status; i++) {
        record->rdata = ip_bytes(&ips[i]);
        status = sink_record(walk->sink, record, walk->err);
    }
    return status;
}

/* All records of one owner, together: the image is built fastest so. */
static enum status emit_owner(const struct walk *walk, const struct host_row *host,
                              const struct host_addresses *all, bool wildcard)
{
    struct record record = { .owner = host->name, .wildcard = wildcard };
    if (all->v4_count + all->v6_count == 0) {
        record.type = RR_MARKER;
        return sink_record(walk->sink, &record, walk->err);
    }
    record.ttl_s = host->ttl_s;
    record.type = RR_A;
    enum status status = emit_family(walk, &record, all->v4, all->v4_count);
    record.type = RR_AAAA;
    return status ? status : emit_family(walk, &record, all->v6, all->v6_count);
}

/* What the host is published with: nothing unless it is active. */
static enum status find_addresses(const struct walk *walk, const struct host_row *host,
                                  struct host_addresses *out)
{
    if (host->state == HOST_ACTIVE && host->more_addresses)
        return store_host_addresses(walk->zones->store, host, out, walk->err);
    out->v4[0] = host->v4;
    out->v6[0] = host->v6;
    out->v4_count = host->state == HOST_ACTIVE && host->v4.family != IP_NONE;
    out->v6_count = host->state == HOST_ACTIVE && host->v6.family != IP_NONE;
    return OK;
}

static void count_taken(struct walk *walk, const struct host_row *host)
{
    if (walk->counts->hosts_taken++ == 0)
        walk->counts->taken_example = host->name;
}

static enum status walk_host(void *ctx, const struct host_row *host)
{
    struct walk *walk = ctx;
    struct zone *zone = find_id(walk, host->zone_id);
    if (!zone)
        return OK;
    if (host->last_change > zone->newest)
        zone->newest = host->last_change;
    if (walk->rules->is_taken(walk->rules->ctx, &host->name)) {
        count_taken(walk, host);
        hide(walk->zones, host->id, true);
        return OK;
    }

    walk->counts->hosts++;
    if (host->state != HOST_ACTIVE)
        hide(walk->zones, host->id, host->state != HOST_OFFLINE);
    struct host_addresses all;
    enum status status = find_addresses(walk, host, &all);
    if (!status)
        status = emit_owner(walk, host, &all, false);
    return status || !host->wildcard ? status : emit_owner(walk, host, &all, true);
}

/* Whether a further record is left out: its host may not be seen, or the name is taken. */
static bool is_left_out(const struct walk *walk, const struct zone *zone,
                        const struct record_row *row)
{
    const struct hidden *hidden =
        row->host_id ? find_hidden(walk->zones, row->host_id) : NULL;
    if (hidden && (hidden->wholly || row->type == RR_A || row->type == RR_AAAA))
        return true;
    return !row->wildcard && !name_equal(&row->owner, &zone->row.name) &&
           walk->rules->is_taken(walk->rules->ctx, &row->owner);
}

/* What has expired is taken away by the writer, which raises the zone's serial with it; to
 * drop it here would change the zone behind the back of its secondaries. */
static enum status walk_record(void *ctx, const struct record_row *row)
{
    struct walk *walk = ctx;
    const struct zone *zone = find_id(walk, row->zone_id);
    if (!zone || is_left_out(walk, zone, row))
        return OK;
    const struct record record = { .owner = row->owner,
                                   .wildcard = row->wildcard,
                                   .type = row->type,
                                   .ttl_s = row->ttl_s,
                                   .rdata = str_bytes(row->rdata, row->rdata_n) };
    return sink_record(walk->sink, &record, walk->err);
}

static enum status emit_soa(const struct walk *walk, const struct zone *zone)
{
    const struct zone_row *row = &zone->row;
    /* Modulo 2^32 (RFC 1982). */
    uint32_t serial =
        (uint32_t)(((uint64_t)zone->newest + row->serial_base) & UINT32_MAX);
    serial = walk->rules->choose_serial(walk->rules->ctx, &row->name, serial);
    const struct soa soa = { .mname = row->mname,
                             .rname = row->rname,
                             .serial = serial,
                             .refresh_s = row->refresh_s,
                             .retry_s = row->retry_s,
                             .expire_s = row->expire_s,
                             .minimum_s = row->minimum_s };
    uint8_t space[2 * NAME_SIZE + 20];
    struct buf rdata = BUF_ON(space);
    soa_encode(&soa, &rdata);
    const struct record record = { .owner = row->name,
                                   .type = RR_SOA,
                                   .ttl_s = row->soa_ttl_s,
                                   .rdata = buf_str(&rdata) };
    return sink_record(walk->sink, &record, walk->err);
}

enum status zones_walk(struct zones *zones, const struct zones_rules *rules,
                       const struct record_sink *sink, struct zones_counts *counts,
                       struct error *err)
{
    *counts = (struct zones_counts){ .hosts = 0 };
    zones->hidden_count = 0;
    if (!zones->store)
        return OK;
    struct walk walk = {
        .zones = zones, .rules = rules, .sink = sink, .counts = counts, .err = err
    };
    enum status status = store_host_scan(zones->store, walk_host, &walk, err);
    if (status)
        return status;
    if (zones->hidden_count > 0)
        qsort(zones->hidden, zones->hidden_count, sizeof(struct hidden), compare_hidden);
    status = store_record_list(zones->store, 0, walk_record, &walk, err);
    /* Last, since only now every host's last change is known. */
    for (size_t i = 0; i < zones->count && !status; i++)
        status = emit_soa(&walk, &zones->at[i]);
    return status;
}
