// SPDX-License-Identifier: GPL-3.0-or-later
/* Decides what every record of a plan becomes: a zone's SOA, a name server or its address, a part
 * of a host, or a record. */
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "import/plan.h"
#include "rule/host_name.h"
#include "rule/record_type.h"

/* ----- order ----- */

static int compare_sizes(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_records(const void *a, const void *b)
{
    const struct plan_record *x = (const struct plan_record *)a;
    const struct plan_record *y = (const struct plan_record *)b;
    int order = compare_sizes(x->zone, y->zone);
    if (!order)
        order = str_compare(x->owner, y->owner);
    if (!order)
        order = compare_sizes(x->wildcard, y->wildcard);
    if (!order)
        order = compare_sizes(x->type, y->type);
    if (!order)
        order = str_compare(x->rdata, y->rdata);
    return order ? order : compare_sizes(x->line, y->line);
}

static uint64_t place_of(const struct plan_host *host)
{
    return host->follows.n ? host->leader_line : host->line;
}

static int compare_hosts(const void *a, const void *b)
{
    const struct plan_host *x = (const struct plan_host *)a;
    const struct plan_host *y = (const struct plan_host *)b;
    int order = compare_sizes(x->zone, y->zone);
    if (!order)
        order = compare_sizes(place_of(x), place_of(y));
    if (!order)
        order = compare_sizes(x->follows.n > 0, y->follows.n > 0);
    if (!order)
        order = compare_sizes(x->line, y->line);
    return order ? order : str_compare(name_bytes(&x->name), name_bytes(&y->name));
}

static bool same_set(const struct plan_record *a, const struct plan_record *b)
{
    return a->zone == b->zone && a->wildcard == b->wildcard && a->type == b->type &&
           str_equal(a->owner, b->owner);
}

static void remark_ttl(struct plan *plan, const struct plan_record *record,
                       uint32_t ttl_s, const char *why)
{
    char storage[16];
    struct buf type = BUF_ON(storage);
    struct name owner = plan_name(record->owner);
    if (record->ttl_s == ttl_s)
        return;
    rr_type_format(record->type, &type);
    plan_remark(plan, record->line, "%s%s %s: its TTL of %lu becomes %lu, %s",
                record->wildcard ? "*." : "", name_text(&owner), buf_text(&type),
                (unsigned long)record->ttl_s, (unsigned long)ttl_s, why);
}

/* Drops repeated records, and gives each set one TTL, its lowest. */
static void merge_sets(struct plan *plan)
{
    size_t kept = 0;
    for (size_t from = 0, to = 0; from < plan->record_count; from = to) {
        uint32_t ttl_s = plan->records[from].ttl_s;
        size_t first = kept;
        for (; to < plan->record_count &&
               same_set(&plan->records[from], &plan->records[to]);
             to++)
            ttl_s = plan->records[to].ttl_s < ttl_s ? plan->records[to].ttl_s : ttl_s;
        for (size_t i = from; i < to; i++) {
            struct plan_record record = plan->records[i];
            if (kept > first && str_equal(plan->records[kept - 1].rdata, record.rdata))
                continue;
            remark_ttl(plan, &record, ttl_s, "the lowest of its set");
            record.ttl_s = ttl_s;
            plan->records[kept++] = record;
        }
    }
    plan->record_count = kept;
}

/* ----- SOA and name servers ----- */

static void take_soa(struct plan *plan, struct plan_zone *zone,
                     struct plan_record *record)
{
    record->taken = true;
    if (zone->has_soa || soa_decode(record->rdata, &zone->soa)) {
        plan_refuse(plan, record->line, "%s: a second SOA record, or a broken one",
                    name_text(&zone->name));
        return;
    }
    zone->has_soa = true;
    zone->soa_ttl_s = record->ttl_s;
}

static void take_server(struct plan *plan, struct plan_zone *zone,
                        struct plan_record *record)
{
    record->taken = true;
    if (zone->server_count == NAME_SERVERS_MAX) {
        plan_refuse(plan, record->line, "%s: more than %d name servers",
                    name_text(&zone->name), NAME_SERVERS_MAX);
        return;
    }
    zone->servers[zone->server_count++].name = plan_name(record->rdata);
    zone->ns_ttl_s = record->ttl_s;
}

/* The records of one name: a range of the sorted ones. */
struct range {
    struct plan_record *at;
    size_t count;
};

static struct range range_from(struct plan *plan, size_t from)
{
    size_t to = from;
    while (to < plan->record_count &&
           plan->records[to].zone == plan->records[from].zone &&
           str_equal(plan->records[to].owner, plan->records[from].owner))
        to++;
    return (struct range){ &plan->records[from], to - from };
}

static struct range range_of(struct plan *plan, size_t zone, struct str owner)
{
    size_t low = 0, high = plan->record_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_sizes(plan->records[middle].zone, zone);
        if (!order)
            order = str_compare(plan->records[middle].owner, owner);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < plan->record_count && plan->records[low].zone == zone &&
                 str_equal(plan->records[low].owner, owner);
    return found ? range_from(plan, low) : (struct range){ .count = 0 };
}

static bool is_address(const struct plan_record *record)
{
    return (record->type == RR_A && record->rdata.n == 4) ||
           (record->type == RR_AAAA && record->rdata.n == 16);
}

/* Whether an AAAA record has a mapped address (::ffff:192.0.2.1), which elsewhere counts as
 * IPv4. */
static bool is_mapped(const struct plan_record *record)
{
    return record->type == RR_AAAA &&
           str_starts(record->rdata, STR("\0\0\0\0\0\0\0\0\0\0\xff\xff"));
}

static struct ip ip_of(const struct plan_record *record)
{
    struct ip ip = { .family = IP_NONE };
    enum status status = ip_from_bytes(record->rdata, &ip);
    (void)status; /* the data have 4 or 16 bytes */
    return ip;
}

static void take_glue(struct plan *plan, size_t zone, struct plan_server *server,
                      uint32_t ns_ttl_s)
{
    struct range range = range_of(plan, zone, name_bytes(&server->name));
    for (size_t i = 0; i < range.count; i++) {
        struct plan_record *record = &range.at[i];
        if (!is_address(record) || record->wildcard)
            continue;
        record->taken = true;
        remark_ttl(plan, record, ns_ttl_s, "that of the NS records");
        if (is_mapped(record))
            plan_refuse(plan, record->line,
                        "%s: a name server cannot have an IPv4-mapped address",
                        name_text(&server->name));
        else if (server->count < PLAN_GLUE_MAX)
            server->addresses[server->count++] = ip_of(record);
        else
            plan_refuse(plan, record->line, "%s: more than %d addresses",
                        name_text(&server->name), PLAN_GLUE_MAX);
    }
}

static void take_apex(struct plan *plan, size_t zone_index)
{
    struct plan_zone *zone = &plan->zones[zone_index];
    struct range range = range_of(plan, zone_index, name_bytes(&zone->name));
    for (size_t i = 0; i < range.count; i++) {
        if (range.at[i].wildcard)
            continue;
        if (range.at[i].type == RR_SOA)
            take_soa(plan, zone, &range.at[i]);
        else if (range.at[i].type == RR_NS)
            take_server(plan, zone, &range.at[i]);
    }
    for (size_t i = 0; i < zone->server_count; i++)
        take_glue(plan, zone_index, &zone->servers[i], zone->ns_ttl_s);
}

/* ----- hosts ----- */

static bool may_be_published(struct ip ip)
{
    enum ip_kind kind = ip_kind(ip);
    return kind != IP_SPECIAL && kind != IP_UNSPECIFIED;
}

/* Collects the addresses of the name, or of its wildcard. False: they cannot become a host. */
static bool collect(const struct range *range, bool wildcard, struct plan_host *host)
{
    for (size_t i = 0; i < range->count; i++) {
        const struct plan_record *record = &range->at[i];
        if (record->wildcard != wildcard)
            continue;
        if (record->taken || record->type == RR_CNAME || record->type == RR_NS)
            return false;
        if (!is_address(record))
            continue;
        struct ip ip = ip_of(record);
        if (is_mapped(record) || !may_be_published(ip) ||
            addresses_add(&host->addresses, ip))
            return false;
        if (host->ttl_s == 0 || record->ttl_s < host->ttl_s)
            host->ttl_s = record->ttl_s;
        host->line = host->line ? host->line : record->line;
    }
    return addresses_count(&host->addresses) > 0;
}

static void mark_taken(struct plan *plan, const struct range *range, bool wildcard,
                       uint32_t ttl_s)
{
    for (size_t i = 0; i < range->count; i++) {
        if (range->at[i].wildcard != wildcard || !is_address(&range->at[i]))
            continue;
        remark_ttl(plan, &range->at[i], ttl_s, "the lowest of its host");
        range->at[i].taken = true;
    }
}

static void consider_host(struct plan *plan, const struct range *range)
{
    size_t zone = range->at[0].zone;
    const struct host_name_rules rules = { .zone = &plan->zones[zone].name,
                                           .labels_max = 1,
                                           .reserved = plan->reserved };
    struct name name = plan_name(range->at[0].owner);
    struct plan_host host = { .line = 0 }, star = { .line = 0 };
    if (host_name_check(&name, &rules, NULL) || !collect(range, false, &host))
        return;
    bool wildcard = collect(range, true, &star) && host.ttl_s == star.ttl_s &&
                    addresses_equal(&host.addresses, &star.addresses);
    mark_taken(plan, range, false, host.ttl_s);
    if (wildcard)
        mark_taken(plan, range, true, host.ttl_s);
    struct plan_host *made = plan_host(plan, &name, zone, host.line);
    host.name = name;
    host.zone = zone;
    host.wildcard = wildcard;
    *made = host;
}

/* ----- all records ----- */

static uint32_t fit_ttl(struct plan *plan, const struct name *name, uint32_t ttl_s,
                        uint64_t line)
{
    if (ttl_s >= TTL_MIN_S && ttl_s <= TTL_MAX_S)
        return ttl_s;
    uint32_t fitted = ttl_s ? TTL_MAX_S : TTL_MIN_S;
    plan_remark(plan, line, "%s: its TTL of %lu becomes %lu", name_text(name),
                (unsigned long)ttl_s, (unsigned long)fitted);
    return fitted;
}

static void refuse_rest(struct plan *plan)
{
    for (size_t i = 0; i < plan->record_count; i++) {
        struct plan_record *record = &plan->records[i];
        struct name owner = plan_name(record->owner);
        char storage[16];
        struct buf type = BUF_ON(storage);
        rr_type_format(record->type, &type);
        if (record->taken || (record->zone == PLAN_NO_ZONE && plan->only.n))
            continue;
        if (record->zone == PLAN_NO_ZONE)
            plan_remark(plan, record->line, "%s: belongs to no zone of the file",
                        name_text(&owner));
        else if (record->type == RR_DS)
            plan_remark(plan, record->line,
                        "%s: a DS record is of use in a signed zone only, and this one"
                        " is not signed here",
                        name_text(&owner));
        else if (!record_type_is_allowed(record->type))
            plan_remark(plan, record->line,
                        "%s: records of type %s cannot be carried over",
                        name_text(&owner), buf_text(&type));
        else if (record->rdata.n > PLAN_RDATA_MAX)
            plan_refuse(plan, record->line, "%s: data of %zu bytes is too long",
                        name_text(&owner), record->rdata.n);
        else if (!rdata_is_whole(record->type, record->rdata))
            plan_refuse(plan, record->line,
                        "%s: the data are not those of a record of type %s",
                        name_text(&owner), buf_text(&type));
        else {
            record->ttl_s = fit_ttl(plan, &owner, record->ttl_s, record->line);
            continue;
        }
        record->taken = true;
    }
}

static void fit_zone(struct plan *plan, struct plan_zone *zone)
{
    if (zone->has_soa) {
        zone->soa_ttl_s = fit_ttl(plan, &zone->name, zone->soa_ttl_s, zone->line);
        zone->soa.minimum_s = fit_ttl(plan, &zone->name, zone->soa.minimum_s, zone->line);
    }
    if (zone->server_count)
        zone->ns_ttl_s = fit_ttl(plan, &zone->name, zone->ns_ttl_s, zone->line);
}

void plan_settle(struct plan *plan)
{
    if (plan->record_count)
        qsort(plan->records, plan->record_count, sizeof(struct plan_record),
              compare_records);
    merge_sets(plan);
    for (size_t i = 0; i < plan->zone_count; i++) {
        take_apex(plan, i);
        fit_zone(plan, &plan->zones[i]);
    }
    struct range range;
    for (size_t i = 0; i < plan->record_count; i += range.count) {
        range = range_from(plan, i);
        if (!plan->no_hosts && range.at[0].zone != PLAN_NO_ZONE)
            consider_host(plan, &range);
    }
    for (size_t i = 0; i < plan->host_count; i++)
        if (plan->hosts[i].ttl_s)
            plan->hosts[i].ttl_s = fit_ttl(plan, &plan->hosts[i].name,
                                           plan->hosts[i].ttl_s, plan->hosts[i].line);
    if (plan->host_count)
        qsort(plan->hosts, plan->host_count, sizeof(struct plan_host), compare_hosts);
    refuse_rest(plan);
}
