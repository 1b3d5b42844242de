// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "dns/zonefile.h"

enum {
    ARENA_BLOCK = 1 << 16,
    REMARK_SIZE = 640
};

void plan_init(struct plan *plan, const char *file)
{
    *plan = (struct plan){ .arena = arena_new(ARENA_BLOCK), .file = file, .mark = ":" };
}

void plan_done(struct plan *plan)
{
    mem_free(plan->slots);
    mem_free(plan->zones);
    mem_free(plan->records);
    mem_free(plan->hosts);
    mem_free(plan->remarks);
    arena_free(plan->arena);
}

void *plan_make_room(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? 2 * *room : 16;
    return mem_resize(at, *room, size);
}

static struct name name_of(struct str wire)
{
    struct name name = { .n = 1 };
    enum status status = name_decode(wire, &name);
    (void)status; /* it was a name when it came in */
    return name;
}

const char *plan_text(struct plan *plan, struct str text)
{
    return arena_copy(plan->arena, text).at;
}

void plan_remark(struct plan *plan, uint64_t line, const char *fmt, ...)
{
    char storage[REMARK_SIZE];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(storage, sizeof(storage), fmt, args);
    va_end(args);
    plan->remarks = (struct plan_remark *)plan_make_room(
        plan->remarks, plan->remark_count, &plan->remark_room,
        sizeof(struct plan_remark));
    plan->remarks[plan->remark_count++] =
        (struct plan_remark){ .line = line,
                              .text = arena_copy(plan->arena, str_from(storage)) };
}

/* ---- what the file holds ------------------------------------------------------------ */

void plan_record(struct plan *plan, const struct record *record, uint64_t line)
{
    if (record->location[0] || record->location[1] || record->stamp) {
        plan_remark(plan, line, "%s: a record with %s cannot be carried over",
                    name_text(&record->owner),
                    record->stamp ? "a time stamp" : "a location");
        return;
    }
    plan->records = (struct plan_record *)plan_make_room(
        plan->records, plan->record_count, &plan->record_room,
        sizeof(struct plan_record));
    plan->records[plan->record_count++] = (struct plan_record){
        .owner = arena_copy(plan->arena, name_bytes(&record->owner)),
        .wildcard = record->wildcard,
        .type = record->type,
        .ttl_s = record->ttl_s,
        .rdata = arena_copy(plan->arena, record->rdata),
        .zone = PLAN_NO_ZONE,
        .line = line,
    };
}

struct plan_host *plan_host(struct plan *plan, const struct name *name, size_t zone,
                            uint64_t line)
{
    plan->hosts = (struct plan_host *)plan_make_room(
        plan->hosts, plan->host_count, &plan->host_room, sizeof(struct plan_host));
    struct plan_host *host = &plan->hosts[plan->host_count++];
    *host = (struct plan_host){ .name = *name, .zone = zone, .line = line };
    return host;
}

void plan_zones_by_soa(struct plan *plan)
{
    for (size_t i = 0; i < plan->record_count; i++) {
        const struct plan_record *record = &plan->records[i];
        struct name owner = name_of(record->owner);
        if (record->type == RR_SOA && !record->wildcard)
            (void)plan_zone(plan, &owner, record->line);
    }
}

/* ---- order -------------------------------------------------------------------------- */

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

static int compare_hosts(const void *a, const void *b)
{
    const struct plan_host *x = (const struct plan_host *)a;
    const struct plan_host *y = (const struct plan_host *)b;
    int order = compare_sizes(x->zone, y->zone);
    if (!order)
        order = compare_sizes(x->line, y->line);
    return order ? order : str_compare(name_bytes(&x->name), name_bytes(&y->name));
}

static bool same_set(const struct plan_record *a, const struct plan_record *b)
{
    return a->zone == b->zone && a->wildcard == b->wildcard && a->type == b->type &&
           str_equal(a->owner, b->owner);
}

/* Leaves out what stands there twice, and gives each set one TTL, the lowest. */
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
            record.ttl_s = ttl_s;
            plan->records[kept++] = record;
        }
    }
    plan->record_count = kept;
}

/* ---- SOA and name servers ----------------------------------------------------------- */

static void take_soa(struct plan *plan, struct plan_zone *zone,
                     struct plan_record *record)
{
    record->taken = true;
    if (zone->has_soa || soa_decode(record->rdata, &zone->soa)) {
        plan_remark(plan, record->line, "%s: a second SOA record, or a broken one",
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
        plan_remark(plan, record->line, "%s: more than %d name servers",
                    name_text(&zone->name), NAME_SERVERS_MAX);
        return;
    }
    zone->servers[zone->server_count++].name = name_of(record->rdata);
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

static struct ip ip_of(const struct plan_record *record)
{
    struct ip ip = { .family = IP_NONE };
    enum status status = ip_from_bytes(record->rdata, &ip);
    (void)status; /* of 4 or 16 bytes */
    return ip;
}

static void take_glue(struct plan *plan, size_t zone, struct plan_server *server)
{
    struct range range = range_of(plan, zone, name_bytes(&server->name));
    for (size_t i = 0; i < range.count; i++) {
        struct plan_record *record = &range.at[i];
        if (!is_address(record) || record->wildcard)
            continue;
        record->taken = true;
        if (server->count < PLAN_GLUE_MAX)
            server->addresses[server->count++] = ip_of(record);
        else
            plan_remark(plan, record->line, "%s: more than %d addresses",
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
        take_glue(plan, zone_index, &zone->servers[i]);
}

/* ---- hosts -------------------------------------------------------------------------- */

static bool may_be_published(struct ip ip)
{
    enum ip_kind kind = ip_kind(ip);
    return kind != IP_SPECIAL && kind != IP_UNSPECIFIED;
}

static bool add_address(struct plan_host *host, struct ip ip)
{
    size_t *count = ip.family == IP_V4 ? &host->v4_count : &host->v6_count;
    struct ip *list = ip.family == IP_V4 ? host->v4 : host->v6;
    if (*count == PLAN_FAMILY_MAX || !may_be_published(ip))
        return false;
    list[(*count)++] = ip;
    return true;
}

/* Collects the addresses that stand at the name, or at its wildcard. False: it cannot be a
 * host with these. */
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
        if (!add_address(host, ip_of(record)))
            return false;
        if (host->ttl_s == 0 || record->ttl_s < host->ttl_s)
            host->ttl_s = record->ttl_s;
        host->line = host->line ? host->line : record->line;
    }
    return host->v4_count + host->v6_count > 0;
}

/* Records are sorted, so that equal sets stand in the same order. */
static bool same_addresses(const struct plan_host *a, const struct plan_host *b)
{
    if (a->v4_count != b->v4_count || a->v6_count != b->v6_count || a->ttl_s != b->ttl_s)
        return false;
    for (size_t i = 0; i < a->v4_count; i++)
        if (!ip_equal(a->v4[i], b->v4[i]))
            return false;
    for (size_t i = 0; i < a->v6_count; i++)
        if (!ip_equal(a->v6[i], b->v6[i]))
            return false;
    return true;
}

static void mark_taken(const struct range *range, bool wildcard)
{
    for (size_t i = 0; i < range->count; i++)
        if (range->at[i].wildcard == wildcard && is_address(&range->at[i]))
            range->at[i].taken = true;
}

static void consider_host(struct plan *plan, const struct range *range)
{
    size_t zone = range->at[0].zone;
    const struct zone_row rules = { .name = plan->zones[zone].name, .labels_max = 1 };
    struct name name = name_of(range->at[0].owner);
    struct plan_host host = { .line = 0 }, star = { .line = 0 };
    if (host_name_check(&name, &rules, NULL) || !collect(range, false, &host))
        return;
    bool wildcard = collect(range, true, &star) && same_addresses(&host, &star);
    mark_taken(range, false);
    if (wildcard)
        mark_taken(range, true);
    struct plan_host *made = plan_host(plan, &name, zone, host.line);
    host.name = name;
    host.zone = zone;
    host.wildcard = wildcard;
    *made = host;
}

/* ---- the rest ----------------------------------------------------------------------- */

static uint32_t fit_ttl(struct plan *plan, const struct name *name, uint32_t ttl_s,
                        uint64_t line)
{
    enum {
        TTL_MIN_S = 1,
        TTL_MAX_S = 86400
    };
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
        struct name owner = name_of(record->owner);
        char storage[16];
        struct buf type = BUF_ON(storage);
        rr_type_format(record->type, &type);
        if (record->taken || (record->zone == PLAN_NO_ZONE && plan->only.n))
            continue;
        if (record->zone == PLAN_NO_ZONE)
            plan_remark(plan, record->line, "%s: belongs to no zone of the file",
                        name_text(&owner));
        else if (!admin_record_type_is_allowed(record->type))
            plan_remark(plan, record->line,
                        "%s: records of type %s cannot be carried over",
                        name_text(&owner), buf_text(&type));
        else if (record->rdata.n > PLAN_RDATA_MAX)
            plan_remark(plan, record->line, "%s: data of %zu bytes is too long",
                        name_text(&owner), record->rdata.n);
        else {
            record->ttl_s = fit_ttl(plan, &owner, record->ttl_s, record->line);
            continue;
        }
        record->taken = true;
    }
}

static int compare_remarks(const void *a, const void *b)
{
    const struct plan_remark *x = (const struct plan_remark *)a;
    const struct plan_remark *y = (const struct plan_remark *)b;
    int order = compare_sizes(x->line, y->line);
    return order ? order : str_compare(x->text, y->text);
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

void plan_sort_remarks(struct plan *plan)
{
    if (plan->remark_count)
        qsort(plan->remarks, plan->remark_count, sizeof(struct plan_remark),
              compare_remarks);
}

struct json *plan_record_json(const struct plan_record *record)
{
    CLEANUP(mem_freep) char *space = (char *)mem_new(PLAN_DATA_TEXT_SIZE);
    struct buf text = buf_on(space, PLAN_DATA_TEXT_SIZE);
    struct name owner = name_of(record->owner);
    struct json *body = json_new_object();
    buf_put_text(&text, record->wildcard ? "*." : "");
    name_format(&owner, &text);
    json_put_text(body, "name", buf_str(&text));
    text.n = 0;
    rr_type_format(record->type, &text);
    json_put_text(body, "type", buf_str(&text));
    text.n = 0;
    rdata_format(record->type, record->rdata, &text);
    json_put_text(body, "data", buf_str(&text));
    json_put_number(body, "ttl", record->ttl_s);
    return body;
}
