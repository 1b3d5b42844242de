// SPDX-License-Identifier: GPL-3.0-or-later
/* A zone is made by calls of front, many in one message. So that each message of a dry run can
 * stand alone, it begins with the zone and the accounts that are not there. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "server/import.h"
#include "server/import_calls.h"
#include "server/import_present.h"
#include "server/rovectl_ask.h"

enum {
    PATH_SIZE = 2048,
    CALLS_TOGETHER = 5 /* the zone, its account, a host with its account and its token */
};

struct account {
    const char *email;
    bool there; /* in the database, or among the calls */
    bool called;
};

struct applying {
    const struct config *config;
    struct plan *plan;
    struct error *err;
    bool with_tokens;
    import_token_fn token; /* NULL: they go to the report */
    const char *owner;     /* for zones that have none; may be NULL */
    const struct json *name_servers;

    struct account *accounts; /* by e-mail */
    size_t account_count, account_room;

    /* The zone at work. */
    const struct plan_zone *zone;
    bool zone_missing, zone_called, zone_failed;
    struct present_list present;
    int64_t hosts, records, there, failed;
    size_t next_host, next_record; /* of the plan, where both are sorted by zones */

    struct calls calls;
    bool host_made; /* by the call before */
    struct json *tokens, *without;
};

/* ---- messages ----------------------------------------------------------------------- */

static void note_token(struct applying *all, const struct call *call,
                       const struct json *result)
{
    struct str secret = STR("");
    (void)json_as_text(json_get(json_get(result, "body"), "secret"), &secret);
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
    case CALL_ACCOUNT:
    case CALL_ZONE:
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

static void note_failed(struct applying *all, const struct call *call,
                        const struct json *result)
{
    struct str why = STR("refused");
    (void)json_as_text(json_get(result, "error"), &why);
    if (call->kind == CALL_TOKEN && !all->host_made)
        return; /* of the host it was told */
    /* Once is enough for what each message of a dry run begins with. */
    if (call->kind != CALL_ZONE || !all->zone_failed)
        plan_remark(all->plan, call->line, STR_FMT, STR_ARG(why));
    if (call->kind == CALL_TOKEN)
        json_append(all->without, json_new_string(str_from(call->name)));
    all->failed += call->kind == CALL_HOST || call->kind == CALL_RECORD;
    all->zone_failed |= call->kind == CALL_ZONE;
}

static void note_result(void *ctx, const struct call *call, bool well,
                        const struct json *result)
{
    struct applying *all = (struct applying *)ctx;
    if (well)
        note_done(all, call, result);
    else
        note_failed(all, call, result);
    all->host_made = well && call->kind == CALL_HOST;
}

/* Each message of a dry run can stand alone, as the one before was undone. */
static enum status flush(struct applying *all)
{
    size_t lost = 0;
    enum status status = calls_flush(&all->calls, &lost, all->err);
    for (size_t i = 0; i < lost; i++)
        if (all->calls.details[i].kind == CALL_TOKEN)
            json_append(all->without,
                        json_new_string(str_from(all->calls.details[i].name)));
    if (all->calls.dry_run) {
        all->zone_called = false;
        for (size_t i = 0; i < all->account_count; i++)
            all->accounts[i].called = false;
    }
    return status;
}

static void add_call(struct applying *all, enum call_kind kind, struct json *body,
                     uint64_t line, const char *name)
{
    const struct call call = { .kind = kind, .line = line, .name = name };
    calls_add(&all->calls, &call, body);
}

/* ---- accounts and the zone ---------------------------------------------------------- */

/* Where the account stands, or would. */
static size_t place_of(const struct applying *all, const char *email)
{
    size_t low = 0, high = all->account_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(all->accounts[middle].email, email) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Lent until the next one. */
static enum status find_account(struct applying *all, const char *email,
                                struct account **out)
{
    size_t at = place_of(all, email);
    if (at < all->account_count && strcmp(all->accounts[at].email, email) == 0) {
        *out = &all->accounts[at];
        return OK;
    }
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    buf_put_text(&path, "/accounts/");
    ask_put_escaped(&path, str_from(email));
    CLEANUP(json_freep) struct json *reply = NULL;
    enum status status = ask_front(all->config, "GET", buf_text(&path), NULL, ASK_WAIT_MS,
                                   &reply, all->err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    all->accounts = (struct account *)plan_make_room(
        all->accounts, all->account_count, &all->account_room, sizeof(struct account));
    *out = &all->accounts[at];
    memmove(*out + 1, *out, (all->account_count++ - at) * sizeof(**out));
    **out = (struct account){ .email = email, .there = status == OK };
    return OK;
}

static enum status need_account(struct applying *all, const char *email, uint64_t line)
{
    struct account *account = NULL;
    if (!email)
        return OK;
    enum status status = find_account(all, email, &account);
    if (status || account->there || account->called)
        return status;
    struct json *body = json_new_object();
    json_put_text(body, "email", str_from(email));
    add_call(all, CALL_ACCOUNT, body, line, NULL);
    account->called = true;
    return OK;
}

static struct json *servers_of(const struct plan_zone *zone)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < zone->server_count; i++) {
        char storage[NAME_TEXT_SIZE + PLAN_GLUE_MAX * IP_TEXT_SIZE + 16];
        struct buf text = BUF_ON(storage);
        name_format(&zone->servers[i].name, &text);
        for (size_t j = 0; j < zone->servers[i].count; j++) {
            buf_put_text(&text, j ? "," : "=");
            ip_format(zone->servers[i].addresses[j], &text);
        }
        json_append(list, json_new_string(buf_str(&text)));
    }
    return list;
}

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

/* Everything that has to be there before a host or record of the zone, and room for those
 * and for the token in the message. */
static enum status prepare(struct applying *all)
{
    const struct plan_zone *zone = all->zone;
    enum status status = OK;
    if (!calls_have_room(&all->calls, CALLS_TOGETHER))
        status = flush(all);
    if (status || !all->zone_missing || all->zone_called)
        return status;
    status = need_account(all, owner_of(all), zone->line);
    if (status)
        return status;
    struct json *body = json_new_object();
    json_put_text(body, "name", str_from(name_text(&zone->name)));
    if (owner_of(all))
        json_put_text(body, "owner", str_from(owner_of(all)));
    if (zone->server_count)
        json_put(body, "name_servers", servers_of(zone));
    else if (all->name_servers)
        json_put(body, "name_servers", json_clone(all->name_servers));
    if (zone->ns_ttl_s)
        json_put_number(body, "ns_ttl", zone->ns_ttl_s);
    if (zone->has_soa)
        put_soa(body, zone);
    if (zone->disabled)
        json_put_text(body, "state", STR("disabled"));
    add_call(all, CALL_ZONE, body, zone->line, NULL);
    all->zone_called = true;
    return OK;
}

/* ---- hosts and records -------------------------------------------------------------- */

static struct json *addresses_of(const struct plan_host *host, bool *private_ones)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < host->v4_count + host->v6_count; i++) {
        struct ip ip = i < host->v4_count ? host->v4[i] : host->v6[i - host->v4_count];
        *private_ones |= ip_kind(ip) != IP_GLOBAL;
        json_append(list, json_new_string(str_from(ip_text(ip))));
    }
    return list;
}

/* Whether it is there already; with other addresses that is remarked. */
static bool is_there(struct applying *all, const struct plan_host *host,
                     const struct json *addresses)
{
    char storage[PRESENT_VALUE_SIZE];
    struct buf value = BUF_ON(storage);
    const char *name = name_text(&host->name);
    const struct present *present = present_find(&all->present, name);
    if (!present)
        return false;
    present_put_addresses(&value, addresses);
    if (strcmp(present->value, buf_text(&value)) != 0)
        plan_remark(all->plan, host->line,
                    "host %s is there with other addresses, which stay", name);
    all->there++;
    return true;
}

/* In the host's own message: whoever stops this leaves no host of which nobody has a token. */
static void add_token(struct applying *all, const char *host, uint64_t line)
{
    struct json *body = json_new_object();
    struct json *hosts = json_new_array();
    json_append(hosts, json_new_string(str_from(host)));
    json_put(body, "hosts", hosts);
    json_put_text(body, "label", STR("imported"));
    add_call(all, CALL_TOKEN, body, line, host);
}

static enum status apply_host(struct applying *all, const struct plan_host *host)
{
    bool private_ones = false;
    CLEANUP(json_freep) struct json *addresses = addresses_of(host, &private_ones);
    if (is_there(all, host, addresses))
        return OK;
    enum status status = prepare(all);
    if (!status)
        status = need_account(all, host->owner, host->line);
    if (status)
        return status;
    struct json *body = json_new_object();
    const char *name = plan_text(all->plan, str_from(name_text(&host->name)));
    json_put_text(body, "name", str_from(name));
    json_put(body, "addresses", TAKE(addresses));
    if (host->owner)
        json_put_text(body, "owner", str_from(host->owner));
    if (host->state)
        json_put_text(body, "state", str_from(host->state));
    if (host->ttl_s)
        json_put_number(body, "ttl", host->ttl_s);
    if (host->wildcard)
        json_put_bool(body, "wildcard", true);
    if (host->v4_count > 1 || host->v6_count > 1)
        json_put_bool(body, "round_robin", true);
    if (private_ones)
        json_put_bool(body, "private_addresses", true);
    add_call(all, CALL_HOST, body, host->line, name);
    if (all->with_tokens)
        add_token(all, name, host->line);
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
    enum status status = prepare(all);
    if (!status)
        add_call(all, CALL_RECORD, TAKE(body), record->line, NULL);
    return status;
}

/* Where the zone's begin; zones come in the order in which both are sorted. */
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

static enum status apply_zone(struct applying *all, size_t number, struct json *zones)
{
    const struct plan *plan = all->plan;
    all->zone = &plan->zones[number];
    all->zone_called = all->zone_failed = false;
    all->hosts = all->records = all->there = all->failed = 0;
    enum status status = present_load(all->config, all->plan, &all->zone->name,
                                      &all->present, &all->zone_missing, all->err);
    if (!status)
        status = prepare(all);
    for (size_t i = host_from(all, number);
         i < plan->host_count && plan->hosts[i].zone == number && !status &&
         !all->zone_failed;
         i++)
        status = apply_host(all, &plan->hosts[i]);
    for (size_t i = record_from(all, number);
         i < plan->record_count && plan->records[i].zone == number && !status &&
         !all->zone_failed;
         i++)
        if (!plan->records[i].taken)
            status = apply_record(all, &plan->records[i]);
    if (!status)
        status = flush(all);
    struct json *item = json_new_object();
    json_put_text(item, "zone", str_from(name_text(&all->zone->name)));
    json_put_bool(item, "made", all->zone_missing && !all->zone_failed);
    json_put_number(item, "hosts", all->hosts);
    json_put_number(item, "records", all->records);
    json_put_number(item, "there", all->there);
    json_put_number(item, "failed", all->failed);
    json_append(zones, item);
    return status;
}

enum status import_apply(const struct config *config, struct plan *plan,
                         const struct json *options, import_token_fn token,
                         struct json *report, struct error *err)
{
    struct applying all = { .config = config, .plan = plan, .err = err, .token = token };
    struct str owner;
    all.calls = (struct calls){ .config = config, .done = note_result, .ctx = &all };
    (void)json_as_bool(json_get(options, "dry_run"), &all.calls.dry_run);
    (void)json_as_bool(json_get(options, "tokens"), &all.with_tokens);
    all.with_tokens &= !all.calls.dry_run;
    if (json_as_text(json_get(options, "owner"), &owner))
        all.owner = plan_text(plan, owner);
    all.name_servers = json_get(options, "name_servers");
    all.tokens = json_new_array();
    all.without = json_new_array();
    struct json *zones = json_new_array();
    json_put(report, "zones", zones);
    json_put(report, "tokens", all.tokens);
    json_put(report, "without_token", all.without);
    calls_init(&all.calls);
    enum status status = OK;
    for (size_t i = 0; i < plan->zone_count && !status; i++)
        if (plan_wants(plan, i))
            status = apply_zone(&all, i, zones);
    calls_done(&all.calls);
    mem_free(all.accounts);
    present_done(&all.present);
    return status;
}
