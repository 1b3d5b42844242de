// SPDX-License-Identifier: GPL-3.0-or-later
/* Loads the zones once and walks over the rows of hosts and further records, for a whole image or
 * for a single name. Each row goes to the nearest active zone at or above its name. */
#include "publish/zones.h"

#include "base/mem.h"
#include "dns/rdata.h"
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
    struct zone *at; /* by id, whatever their state */
    size_t count, room, active_count;
    struct byteset *names; /* numbers are places in `at` */
    struct zone *last;     /* found before: rows of a zone tend to stand together */
    struct hidden *hidden;
    size_t hidden_count, hidden_room;
};

/* What a walk carries along. */
struct walk {
    struct zones *zones;
    const struct zones_rules *rules;
    const struct record_sink *sink;
    struct zones_counts *counts;
    struct error *err;
};

static enum status load_zone(void *ctx, const struct zone_row *row)
{
    struct zones *zones = ctx;
    zones->active_count += row->state == ZONE_ACTIVE;
    zones->at = mem_grow(zones->at, zones->count + 1, &zones->room, sizeof(*zones->at));
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
        store
            ? store_zone_list(store, (struct store_page){ .after = 0, .limit = INT_MAX },
                              load_zone, zones, err)
            : OK;
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
    return zones->active_count;
}

/* The nearest zone at or above the name `*rest`, which becomes what lies above that zone. */
static struct zone *next_above(const struct zones *zones, struct str *rest)
{
    while (rest->n > 0) {
        int64_t number = byteset_find(zones->names, *rest);
        *rest = str_from_at(*rest, 1U + (uint8_t)rest->at[0]);
        if (number != BYTESET_NONE)
            return &zones->at[number];
    }
    return NULL;
}

const struct zone_row *zones_find(const struct zones *zones, const struct name *name)
{
    struct str rest = name_bytes(name);
    const struct zone *zone = next_above(zones, &rest);
    while (zone && zone->row.state != ZONE_ACTIVE)
        zone = next_above(zones, &rest);
    return zone ? &zone->row : NULL;
}

void zones_each(const struct zones *zones, void (*fn)(void *ctx, struct str name),
                void *ctx)
{
    for (size_t i = 0; i < zones->count; i++)
        if (zones->at[i].row.state == ZONE_ACTIVE)
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

/* NULL: there is no such zone, or it is disabled. */
static struct zone *find_id(struct zones *zones, int64_t id)
{
    struct zone *zone = zones->last;
    if (!zone || zone->row.id != id)
        zone = zones->count == 0 ? NULL
                                 : bsearch(&id, zones->at, zones->count,
                                           sizeof(struct zone), compare_zone_id);
    if (!zone || zone->row.state != ZONE_ACTIVE)
        return NULL;
    zones->last = zone;
    return zone;
}

const struct zone_row *zones_find_id(struct zones *zones, int64_t id)
{
    const struct zone *zone = find_id(zones, id);
    return zone ? &zone->row : NULL;
}

const struct zone_row *zones_find_holder(const struct zones *zones,
                                         const struct name *host)
{
    struct str rest = name_bytes(host);
    const struct zone *zone = next_above(zones, &rest);
    return zone && zone->row.state == ZONE_ACTIVE ? &zone->row : NULL;
}

void zones_use(struct zones *zones, struct store *store)
{
    mem_free(TAKE(zones->hidden)); /* as long as there are hosts, after a walk */
    zones->hidden_count = zones->hidden_room = 0;
    zones->store = store;
}

static void hide(struct zones *zones, int64_t id, bool wholly)
{
    zones->hidden = mem_grow(zones->hidden, zones->hidden_count + 1, &zones->hidden_room,
                             sizeof(*zones->hidden));
    zones->hidden[zones->hidden_count++] = (struct hidden){ id, wholly };
}

static int compare_hidden(const void *a, const void *b)
{
    const struct hidden *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void sort_hidden(struct zones *zones)
{
    if (zones->hidden_count > 0)
        qsort(zones->hidden, zones->hidden_count, sizeof(struct hidden), compare_hidden);
}

static const struct hidden *find_hidden(const struct zones *zones, int64_t host_id)
{
    const struct hidden key = { .id = host_id };
    if (zones->hidden_count == 0)
        return NULL;
    return bsearch(&key, zones->hidden, zones->hidden_count, sizeof(key), compare_hidden);
}

static enum status emit_family(const struct walk *walk, struct record *record,
                               const struct address_list *list)
{
    enum status status = OK;
    for (size_t i = 0; i < list->count && !status; i++) {
        record->rdata = ip_bytes(&list->at[i]);
        status = sink_record(walk->sink, record, walk->err);
    }
    return status;
}

/* All records of one owner, together: the image is built fastest so. */
static enum status emit_owner(const struct walk *walk, const struct host_row *host,
                              const struct addresses *all, bool wildcard)
{
    struct record record = { .owner = host->name, .wildcard = wildcard };
    if (addresses_count(all) == 0) {
        record.type = RR_MARKER;
        return sink_record(walk->sink, &record, walk->err);
    }
    record.ttl_s = host->ttl_s;
    record.type = RR_A;
    enum status status = emit_family(walk, &record, &all->v4);
    record.type = RR_AAAA;
    return status ? status : emit_family(walk, &record, &all->v6);
}

/* Whether its addresses are in DNS. */
static bool is_seen(const struct host_row *host)
{
    return host->state == HOST_ACTIVE && !host->withheld;
}

/* The row of a walk over all hosts lacks them: few are silent. */
static enum status find_fallback(const struct walk *walk, const struct host_row *host,
                                 struct addresses *out)
{
    struct host_row row;
    *out = (struct addresses){ .v4.count = 0 };
    enum status status = store_host_find(walk->zones->store, host->id, &row, walk->err);
    if (status)
        return status;
    out->v4 = (struct address_list){ { row.fallback_v4 }, row.fallback_v4.family > 0 };
    out->v6 = (struct address_list){ { row.fallback_v6 }, row.fallback_v6.family > 0 };
    return OK;
}

/* What the host is published with. */
static enum status find_addresses(const struct walk *walk, const struct host_row *host,
                                  struct addresses *out)
{
    if (host->state == HOST_FALLBACK && !host->withheld)
        return find_fallback(walk, host, out);
    if (is_seen(host) && host->more_addresses)
        return store_host_addresses(walk->zones->store, host, out, walk->err);
    out->v4.at[0] = host->v4;
    out->v6.at[0] = host->v6;
    out->v4.count = is_seen(host) && host->v4.family != IP_NONE;
    out->v6.count = is_seen(host) && host->v6.family != IP_NONE;
    return OK;
}

static void count_taken(struct walk *walk, const struct host_row *host)
{
    if (walk->counts->hosts_taken++ == 0)
        walk->counts->taken_example = host->name;
}

/* The zone's own name is shared; any other is the operator's lines' alone. */
static bool is_host_taken(const struct walk *walk, const struct host_row *host)
{
    const struct zone *zone = find_id(walk->zones, host->zone_id);
    const struct zones_rules *rules = walk->rules;
    if (zone && name_equal(&zone->row.name, &host->name))
        return rules->has_addresses(rules->ctx, &host->name);
    return rules->is_taken(rules->ctx, &host->name);
}

/* Notes what may not be seen of the host's further records; false: nor the host itself. */
static bool judge_host(const struct walk *walk, const struct host_row *host)
{
    if (is_host_taken(walk, host)) {
        hide(walk->zones, host->id, true);
        return false;
    }
    if (!is_seen(host) && (host->state != HOST_FALLBACK || host->withheld))
        hide(walk->zones, host->id,
             host->withheld ||
                 (host->state != HOST_OFFLINE && host->state != HOST_WITHDRAWN));
    return true;
}

static enum status emit_host(const struct walk *walk, const struct host_row *host)
{
    struct addresses all;
    enum status status = find_addresses(walk, host, &all);
    if (!status)
        status = emit_owner(walk, host, &all, false);
    return status || !host->wildcard ? status : emit_owner(walk, host, &all, true);
}

static enum status walk_host(void *ctx, const struct host_row *host)
{
    struct walk *walk = ctx;
    struct zone *zone = find_id(walk->zones, host->zone_id);
    if (zones_is_stopped(walk->rules->stop))
        return FAIL(walk->err, ERR_BUSY, "stopped");
    if (!zone)
        return OK;
    if (host->last_change > zone->newest)
        zone->newest = host->last_change;
    if (!judge_host(walk, host)) {
        count_taken(walk, host);
        return OK;
    }
    walk->counts->hosts++;
    return emit_host(walk, host);
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

static void count_malformed(const struct walk *walk, const struct record_row *row)
{
    if (walk->counts && walk->counts->malformed++ == 0)
        walk->counts->malformed_example = row->owner;
}

/* What has expired is taken away by the writer, which raises the zone's serial with it; to
 * drop it here would change the zone behind the back of its secondaries. */
static enum status walk_record(void *ctx, const struct record_row *row)
{
    struct walk *walk = ctx;
    const struct zone *zone = find_id(walk->zones, row->zone_id);
    if (zones_is_stopped(walk->rules->stop))
        return FAIL(walk->err, ERR_BUSY, "stopped");
    if (!zone || is_left_out(walk, zone, row))
        return OK;
    const struct record record = { .owner = row->owner,
                                   .wildcard = row->wildcard,
                                   .type = row->type,
                                   .ttl_s = row->ttl_s,
                                   .rdata = str_bytes(row->rdata, row->rdata_n) };
    /* What was taken before such data were refused. */
    if (!record_is_whole(&record)) {
        count_malformed(walk, row);
        return OK;
    }
    return sink_record(walk->sink, &record, walk->err);
}

uint32_t zones_own_serial(const struct zone_row *zone, int64_t seq)
{
    return (uint32_t)(((uint64_t)seq + zone->serial_base) & UINT32_MAX);
}

static enum status emit_soa(const struct walk *walk, const struct zone *zone)
{
    const struct zone_row *row = &zone->row;
    uint32_t serial = zones_own_serial(row, zone->newest);
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
    sort_hidden(zones);
    status = store_record_list(zones->store, 0, walk_record, &walk, err);
    /* Last, since only now every host's last change is known. */
    for (size_t i = 0; i < zones->count && !status; i++)
        if (zones->at[i].row.state == ZONE_ACTIVE)
            status = emit_soa(&walk, &zones->at[i]);
    return status;
}

/* ----- one name alone ----- */

/* Of the hosts whose records stand at one name there are a few at most. */
static enum status learn_host(const struct walk *walk, int64_t id)
{
    struct zones *zones = walk->zones;
    struct host_row host;
    for (size_t i = 0; i < zones->hidden_count; i++)
        if (zones->hidden[i].id == id)
            return OK;
    enum status status = store_host_find(zones->store, id, &host, walk->err);
    if (!status && find_id(zones, host.zone_id))
        (void)judge_host(walk, &host);
    sort_hidden(zones);
    return status;
}

static enum status walk_record_of_name(void *ctx, const struct record_row *row)
{
    const struct walk *walk = ctx;
    enum status status = row->host_id ? learn_host(walk, row->host_id) : OK;
    return status ? status : walk_record(ctx, row);
}

static enum status walk_host_of_name(const struct walk *walk, const struct name *name)
{
    struct host_row host;
    enum status status = store_host_find_name(walk->zones->store, name, &host, walk->err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    if (!find_id(walk->zones, host.zone_id) || !judge_host(walk, &host))
        return OK;
    return emit_host(walk, &host);
}

enum status zones_emit_name(struct zones *zones, const struct name *name,
                            const struct zones_rules *rules,
                            const struct record_sink *sink, struct error *err)
{
    struct walk walk = { .zones = zones, .rules = rules, .sink = sink, .err = err };
    struct str rest = name_bytes(name);
    zones->hidden_count = 0;
    enum status status = walk_host_of_name(&walk, name);
    /* A record may stand in another zone than the nearest: that one may be younger. */
    for (const struct zone *zone = next_above(zones, &rest); zone && !status;
         zone = next_above(zones, &rest))
        status = store_record_list_name(zones->store, zone->row.id, name,
                                        walk_record_of_name, &walk, err);
    return status;
}
