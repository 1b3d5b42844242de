// SPDX-License-Identifier: GPL-3.0-or-later
/* Makes a settled plan by calls of front, many in one message. In a dry run front undoes each
 * message, so every message begins with the zone if it does not exist. A host or record needs the
 * call of its zone, and a token that of its host. So nothing gets into the zone above, and no token
 * is made for a host that existed before. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "import/calls.h"
#include "import/import.h"
#include "import/present.h"
#include "import/servers.h"

enum {
    CALLS_TOGETHER = 4 /* the zone, the host that is followed, a host and its token */
};

struct applying {
    const struct config *config;
    struct plan *plan;
    struct error *err;
    bool with_tokens;
    import_token_fn token; /* NULL: they go to the report */
    const char *owner;     /* of zones that have none; may be NULL */
    struct given_servers servers;

    /* The present zone. */
    const struct plan_zone *zone;
    bool zone_new, zone_made, zone_failed;
    size_t zone_call; /* its call in the message; CALL_NONE: it has none */
    const char *why;  /* the reason, if the zone was refused */
    /* The last host that is not a follower, and its call in the message. */
    const struct plan_host *leader;
    size_t leader_call;
    struct present_list present;
    int64_t hosts, records, there, failed;
    size_t next_host, next_record; /* in the plan, which has both sorted by zones */

    struct calls calls;
    struct json *tokens, *without;
};

/* ----- messages ----- */

static void note_token(struct applying *all, const struct call *call,
                       const struct json *result)
{
    struct str secret = json_get_text(json_get(result, "body"), "secret");
    if (all->token) {
        all->token(call->name, secret);
        return;
    }
    struct json *item = json_new_object();
    json_put_text(item, "host", str_from(call->name));
    json_put_text(item, "secret", secret);
    json_append(all->tokens, item);
}

static void note_done(struct applying *all, const struct call *call,
                      const struct json *result)
{
    switch (call->kind) {
    case CALL_ZONE:
        all->zone_made = true;
        return;
    case CALL_FOLLOWED:
        return;
    case CALL_HOST:
        all->hosts++;
        return;
    case CALL_RECORD:
        all->records++;
        return;
    case CALL_TOKEN:
        note_token(all, call, result);
        return;
    }
}

/* Reports a refused zone once, although each message of a dry run begins with the zone. */
static void note_refused_zone(struct applying *all, const struct call *call,
                              struct str why)
{
    if (!all->zone_failed)
        plan_refuse(all->plan, call->line, STR_FMT, STR_ARG(why));
    all->zone_failed = true;
    all->why = plan_text(all->plan, why);
}

static void note_failed(struct applying *all, const struct call *call, bool was_run,
                        const struct json *result)
{
    struct str why = STR("refused");
    (void)json_as_text(json_get(result, "error"), &why);
    all->failed += call->kind == CALL_HOST || call->kind == CALL_RECORD;
    if (!was_run || call->kind == CALL_FOLLOWED)
        return; /* the call that it needs was reported */
    if (call->kind == CALL_ZONE)
        note_refused_zone(all, call, why);
    else
        plan_refuse(all->plan, call->line, STR_FMT, STR_ARG(why));
    if (call->kind == CALL_TOKEN)
        json_append(all->without, json_new_string(str_from(call->name)));
}

static void note_result(void *ctx, const struct call *call, enum call_end end,
                        const struct json *result)
{
    struct applying *all = (struct applying *)ctx;
    if (end == CALL_DONE)
        note_done(all, call, result);
    else
        note_failed(all, call, end == CALL_FAILED, result);
}

/* Sends the message. The next one has no calls yet, neither of the zone nor of a leader. */
static enum status flush(struct applying *all)
{
    size_t lost = 0;
    enum status status = calls_flush(&all->calls, &lost, all->err);
    for (size_t i = 0; i < lost; i++)
        if (all->calls.details[i].kind == CALL_TOKEN)
            json_append(all->without,
                        json_new_string(str_from(all->calls.details[i].name)));
    all->zone_call = all->leader_call = CALL_NONE;
    return status;
}

/* ----- the zone ----- */

static void put_soa(struct json *body, const struct plan_zone *zone)
{
    const struct soa *soa = &zone->soa;
    json_put_text(body, "mname", str_from(name_text(&soa->mname)));
    json_put_text(body, "rname", str_from(name_text(&soa->rname)));
    json_put_number(body, "refresh", soa->refresh_s);
    json_put_number(body, "retry", soa->retry_s);
    json_put_number(body, "expire", soa->expire_s);
    json_put_number(body, "minimum", soa->minimum_s);
    json_put_number(body, "soa_ttl", zone->soa_ttl_s);
    /* Secondaries that hold the old zone take the new one only if its serial is newer. */
    json_put_number(body, "serial_base", soa->serial);
}

static const char *owner_of(const struct applying *all)
{
    return all->zone->owner ? all->zone->owner : all->owner;
}

/* Puts the owner. Front makes an account that does not exist together with what it owns. */
static void put_owner(struct json *body, const char *email)
{
    if (!email)
        return;
    json_put_text(body, "owner", str_from(email));
    json_put_bool(body, "make_owner", true);
}

static void call_zone(struct applying *all)
{
    const struct plan_zone *zone = all->zone;
    const struct call call = { .kind = CALL_ZONE,
                               .line = zone->line,
                               .needs = CALL_NONE };
    struct json *body = json_new_object();
    struct json *servers = given_servers_for(&all->servers, zone);
    json_put_text(body, "name", str_from(name_text(&zone->name)));
    put_owner(body, owner_of(all));
    if (servers)
        json_put(body, "name_servers", servers);
    if (zone->ns_ttl_s)
        json_put_number(body, "ns_ttl", zone->ns_ttl_s);
    if (zone->labels_max)
        json_put_number(body, "labels_max", zone->labels_max);
    if (zone->has_soa)
        put_soa(body, zone);
    if (zone->disabled)
        json_put_text(body, "state", STR("disabled"));
    all->zone_call = calls_add(&all->calls, &call, body);
}

/* Makes room in the message for a host or record with all that belongs to it, and adds the call of
 * the zone if that is needed first. */
static enum status prepare(struct applying *all)
{
    enum status status = OK;
    if (!calls_have_room(&all->calls, CALLS_TOGETHER))
        status = flush(all);
    bool needed = all->zone_new && (all->calls.dry_run || !all->zone_made);
    if (!status && needed && !all->zone_failed && all->zone_call == CALL_NONE)
        call_zone(all);
    return status;
}

/* Prepares for a host or a record. *refused: its zone is refused, and so it is refused, too. */
static enum status prepare_part(struct applying *all, bool *refused)
{
    enum status status = prepare(all);
    *refused = !status && all->zone_failed;
    all->failed += *refused;
    return status;
}

/* ----- hosts and records ----- */

static struct json *addresses_json(const struct addresses *addresses, bool *private_ones)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < addresses_count(addresses); i++) {
        struct ip ip = addresses_get(addresses, i);
        *private_ones |= ip_kind(ip) != IP_GLOBAL;
        json_append(list, json_new_string(str_from(ip_text(ip))));
    }
    return list;
}

/* Whether the host exists already. Other addresses become a remark. */
static bool is_there(struct applying *all, const struct plan_host *host)
{
    bool private_ones = false;
    char storage[PRESENT_VALUE_SIZE];
    struct buf value = BUF_ON(storage);
    const char *name = name_text(&host->name);
    const struct present *present = present_find(&all->present, name);
    if (!present)
        return false;
    CLEANUP(json_freep)
    struct json *addresses = addresses_json(&host->addresses, &private_ones);
    present_put_addresses(&value, addresses);
    if (strcmp(present->value, buf_text(&value)) != 0)
        plan_remark(all->plan, host->line,
                    "host %s is there with other addresses, which stay", name);
    all->there++;
    return true;
}

static void put_follows(struct json *body, const struct plan_host *host)
{
    if (host->follows.n == 0)
        return;
    json_put_text(body, "follows", str_from(name_text(&host->follows)));
    if (host->interface_id.family == IP_V6)
        json_put_text(body, "interface_id", str_from(ip_text(host->interface_id)));
}

static struct json *host_body(const struct applying *all, const struct plan_host *host)
{
    bool private_ones = false;
    struct json *body = json_new_object();
    json_put_text(body, "name", str_from(name_text(&host->name)));
    json_put_text(body, "zone", str_from(name_text(&all->zone->name)));
    json_put(body, "addresses", addresses_json(&host->addresses, &private_ones));
    put_owner(body, host->owner);
    if (host->state)
        json_put_text(body, "state", str_from(host->state));
    if (host->ttl_s)
        json_put_number(body, "ttl", host->ttl_s);
    if (host->wildcard)
        json_put_bool(body, "wildcard", true);
    if (addresses_are_several(&host->addresses))
        json_put_bool(body, "round_robin", true);
    if (private_ones)
        json_put_bool(body, "private_addresses", true);
    put_follows(body, host);
    return body;
}

static size_t call_host(struct applying *all, enum call_kind kind, size_t needs,
                        const struct plan_host *host)
{
    const struct call call = { .kind = kind, .line = host->line, .needs = needs };
    return calls_add(&all->calls, &call, host_body(all, host));
}

/* Adds the call of a token to the message of its host. So even if the import is stopped, there is
 * no host without a known token. */
static void call_token(struct applying *all, const struct plan_host *host, size_t needs)
{
    const char *name = plan_text(all->plan, str_from(name_text(&host->name)));
    const struct call call = { CALL_TOKEN, host->line, name, needs };
    struct json *body = json_new_object();
    struct json *hosts = json_new_array();
    json_append(hosts, json_new_string(str_from(name)));
    json_put(body, "hosts", hosts);
    json_put_text(body, "label", STR("imported"));
    (void)calls_add(&all->calls, &call, body);
}

/* The call that a new host needs: that of the host that it follows, or else that of the zone. A dry
 * run has undone the leader if it was in an earlier message; then its call is added again. */
static size_t find_need(struct applying *all, const struct plan_host *host)
{
    const struct plan_host *leader = all->leader;
    if (host->follows.n == 0 || !leader || !name_equal(&leader->name, &host->follows))
        return all->zone_call;
    if (all->leader_call == CALL_NONE && all->calls.dry_run &&
        !present_find(&all->present, name_text(&leader->name)))
        all->leader_call = call_host(all, CALL_FOLLOWED, all->zone_call, leader);
    return all->leader_call == CALL_NONE ? all->zone_call : all->leader_call;
}

static enum status apply_host(struct applying *all, const struct plan_host *host)
{
    if (host->follows.n == 0) {
        all->leader = host;
        all->leader_call = CALL_NONE;
    }
    if (is_there(all, host))
        return OK;
    bool refused = false;
    enum status status = prepare_part(all, &refused);
    if (status || refused)
        return status;
    size_t number = call_host(all, CALL_HOST, find_need(all, host), host);
    if (host->follows.n == 0)
        all->leader_call = number;
    if (all->with_tokens)
        call_token(all, host, number);
    return OK;
}

static enum status apply_record(struct applying *all, const struct plan_record *record)
{
    CLEANUP(mem_freep) char *space = (char *)mem_new(PRESENT_KEY_SIZE);
    struct buf key = buf_on(space, PRESENT_KEY_SIZE);
    CLEANUP(json_freep) struct json *body = plan_record_json(record);
    present_put_record(&key, body);
    if (present_find(&all->present, buf_text(&key))) {
        all->there++;
        return OK;
    }
    bool refused = false;
    enum status status = prepare_part(all, &refused);
    if (status || refused)
        return status;
    const struct call call = { CALL_RECORD, record->line, NULL, all->zone_call };
    json_put_text(body, "zone", str_from(name_text(&all->zone->name)));
    (void)calls_add(&all->calls, &call, TAKE(body));
    return OK;
}

/* The first host, or record, of the zone. Zones come in the order by which both are sorted. */
static size_t host_from(struct applying *all, size_t zone)
{
    const struct plan *plan = all->plan;
    while (all->next_host < plan->host_count && plan->hosts[all->next_host].zone < zone)
        all->next_host++;
    return all->next_host;
}

static size_t record_from(struct applying *all, size_t zone)
{
    const struct plan *plan = all->plan;
    while (all->next_record < plan->record_count &&
           plan->records[all->next_record].zone < zone)
        all->next_record++;
    return all->next_record;
}

static enum status apply_parts(struct applying *all, size_t number)
{
    const struct plan *plan = all->plan;
    enum status status = prepare(all);
    for (size_t i = host_from(all, number);
         i < plan->host_count && plan->hosts[i].zone == number && !status; i++)
        status = apply_host(all, &plan->hosts[i]);
    for (size_t i = record_from(all, number);
         i < plan->record_count && plan->records[i].zone == number && !status; i++)
        if (!plan->records[i].taken)
            status = apply_record(all, &plan->records[i]);
    return status ? status : flush(all);
}

static void report_zone(const struct applying *all, struct json *zones)
{
    struct json *item = json_new_object();
    json_put_text(item, "zone", str_from(name_text(&all->zone->name)));
    json_put_bool(item, "made", all->zone_new && !all->zone_failed);
    if (all->zone_failed)
        json_put_text(item, "refused", str_from(all->why));
    json_put_number(item, "hosts", all->hosts);
    json_put_number(item, "records", all->records);
    json_put_number(item, "there", all->there);
    json_put_number(item, "failed", all->failed);
    json_append(zones, item);
}

static enum status apply_zone(struct applying *all, size_t number, struct json *zones)
{
    all->zone = &all->plan->zones[number];
    all->zone_made = all->zone_failed = false;
    all->zone_call = all->leader_call = CALL_NONE;
    all->leader = NULL;
    all->hosts = all->records = all->there = all->failed = 0;
    enum status status = present_load(all->config, all->plan, &all->zone->name,
                                      &all->present, &all->zone_new, all->err);
    if (!status)
        status = apply_parts(all, number);
    report_zone(all, zones);
    return status;
}

enum status import_apply(const struct config *config, struct plan *plan,
                         const struct json *options, import_token_fn token,
                         struct json *report, struct error *err)
{
    struct applying all = { .config = config, .plan = plan, .err = err, .token = token };
    struct str owner;
    enum status status =
        given_servers_read(json_get(options, "name_servers"), &all.servers, err);
    if (status)
        return status;
    all.calls = (struct calls){ .config = config, .done = note_result, .ctx = &all };
    all.calls.dry_run = json_get_bool(options, "dry_run");
    all.with_tokens = json_get_bool(options, "tokens") && !all.calls.dry_run;
    if (json_as_text(json_get(options, "owner"), &owner))
        all.owner = plan_text(plan, owner);
    all.tokens = json_new_array();
    all.without = json_new_array();
    struct json *zones = json_new_array();
    json_put(report, "zones", zones);
    json_put(report, "tokens", all.tokens);
    json_put(report, "without_token", all.without);
    calls_init(&all.calls);
    for (size_t i = 0; i < plan->zone_count && !status; i++)
        if (plan_wants(plan, i))
            status = apply_zone(&all, i, zones);
    if (!status)
        given_servers_remark_rest(&all.servers, plan);
    calls_done(&all.calls);
    present_done(&all.present);
    return status;
}
