// SPDX-License-Identifier: GPL-3.0-or-later
/* A zone is made by calls of front, many in one message, which is one transaction. In a dry
 * run front does the same and undoes each message; so that each can stand alone, its calls
 * begin with the zone and the accounts that are not there. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "server/import.h"
#include "server/rovectl_ask.h"

enum {
    CALLS_MAX = 150, /* whose errors fit one message */
    BYTES_MAX = 90 * 1024,
    PATH_SIZE = 2048,
    KEY_SIZE = PLAN_DATA_TEXT_SIZE + NAME_TEXT_SIZE + 32
};

enum call_kind {
    CALL_ACCOUNT,
    CALL_ZONE,
    CALL_HOST,
    CALL_RECORD,
    CALL_TOKEN
};

struct call {
    enum call_kind kind;
    uint64_t line;
    const char *name; /* of the host, for its token */
};

/* What the zone has already: a host's or record's name, and what it is. */
struct present {
    const char *key, *value;
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
    bool dry_run, with_tokens;
    const char *owner; /* for zones that have none; may be NULL */
    const struct json *name_servers;

    struct account *accounts;
    size_t account_count, account_room;

    /* The zone at work. */
    const struct plan_zone *zone;
    bool zone_missing, zone_called, zone_failed;
    struct present *present;
    size_t present_count, present_room;
    int64_t hosts, records, there, failed;

    /* The message at work. */
    struct json *calls;
    struct call details[CALLS_MAX];
    size_t bytes;

    const char **new_hosts; /* that get tokens */
    size_t new_host_count, new_host_room;
    struct json *tokens;
};

static void *make_room(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? 2 * *room : 64;
    return mem_resize(at, *room, size);
}

/* ---- messages ----------------------------------------------------------------------- */

static void note_new_host(struct applying *all, const char *name)
{
    if (!all->with_tokens || all->dry_run)
        return;
    all->new_hosts = (const char **)make_room(all->new_hosts, all->new_host_count,
                                              &all->new_host_room, sizeof(char *));
    all->new_hosts[all->new_host_count++] = name;
}

static void note_token(const struct applying *all, const struct call *call,
                       const struct json *result)
{
    struct str secret = STR("");
    struct json *item = json_new_object();
    (void)json_as_text(json_get(json_get(result, "body"), "secret"), &secret);
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
        note_new_host(all, call->name);
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
    /* Once is enough for what each message of a dry run begins with. */
    if (call->kind != CALL_ZONE || !all->zone_failed)
        plan_remark(all->plan, call->line, STR_FMT, STR_ARG(why));
    all->failed += call->kind == CALL_HOST || call->kind == CALL_RECORD;
    all->zone_failed |= call->kind == CALL_ZONE;
}

static void begin_message(struct applying *all)
{
    all->calls = json_new_array();
    all->bytes = 0;
    if (!all->dry_run)
        return;
    all->zone_called = false;
    for (size_t i = 0; i < all->account_count; i++)
        all->accounts[i].called = false;
}

/* Sends what has gathered. */
static enum status flush(struct applying *all)
{
    size_t count = json_count(all->calls);
    if (count == 0)
        return OK;
    CLEANUP(json_freep) struct json *body = json_new_object();
    CLEANUP(json_freep) struct json *reply = NULL;
    json_put(body, "calls", TAKE(all->calls));
    json_put_bool(body, "dry_run", all->dry_run);
    json_put_bool(body, "bodies", all->details[count - 1].kind == CALL_TOKEN);
    begin_message(all);
    enum status status =
        ask_front(all->config, "POST", "/batch", body, ASK_WAIT_MS, &reply, all->err);
    const struct json *results = json_get(reply, "results");
    if (status)
        return ERR_IO;
    if (json_count(results) != count)
        return FAIL(all->err, ERR_IO, "front answered %zu of %zu calls",
                    json_count(results), count);
    for (size_t i = 0; i < count; i++) {
        const struct json *result = json_item(results, i);
        int64_t code = 0;
        (void)json_as_number(json_get(result, "status"), &code);
        if (code == 200)
            note_done(all, &all->details[i], result);
        else
            note_failed(all, &all->details[i], result);
    }
    return OK;
}

/* Takes `body`. */
static void add_call(struct applying *all, enum call_kind kind, struct json *body,
                     uint64_t line, const char *name)
{
    static const char *const paths[] = { [CALL_ACCOUNT] = "/accounts",
                                         [CALL_ZONE] = "/zones",
                                         [CALL_HOST] = "/hosts",
                                         [CALL_RECORD] = "/records",
                                         [CALL_TOKEN] = "/tokens" };
    struct json *call = json_new_object();
    json_put_text(call, "method", STR("POST"));
    json_put_text(call, "path", str_from(paths[kind]));
    json_put(call, "body", body);
    CLEANUP(mem_freep) char *text = json_text(call);
    all->bytes += str_from(text).n + 1;
    all->details[json_count(all->calls)] =
        (struct call){ .kind = kind, .line = line, .name = name };
    json_append(all->calls, call);
}

/* ---- accounts and the zone ---------------------------------------------------------- */

static enum status find_account(struct applying *all, const char *email,
                                struct account **out)
{
    for (size_t i = 0; i < all->account_count; i++)
        if (strcmp(all->accounts[i].email, email) == 0) {
            *out = &all->accounts[i];
            return OK;
        }
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    buf_put_text(&path, "/accounts/");
    ask_put_escaped(&path, str_from(email));
    CLEANUP(json_freep) struct json *reply = NULL;
    enum status status = ask_front(all->config, "GET", buf_text(&path), NULL, ASK_WAIT_MS,
                                   &reply, all->err);
    if (status == ERR_IO)
        return status;
    all->accounts = (struct account *)make_room(
        all->accounts, all->account_count, &all->account_room, sizeof(struct account));
    *out = &all->accounts[all->account_count++];
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

/* Everything that has to be there before a host or record of the zone, and room for two
 * calls more in the message. */
static enum status prepare(struct applying *all)
{
    const struct plan_zone *zone = all->zone;
    enum status status = OK;
    if (json_count(all->calls) + 4 > CALLS_MAX || all->bytes > BYTES_MAX)
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

/* ---- what is there ------------------------------------------------------------------ */

static void add_present(struct applying *all, struct str key, struct str value)
{
    all->present = (struct present *)make_room(
        all->present, all->present_count, &all->present_room, sizeof(struct present));
    all->present[all->present_count++] =
        (struct present){ plan_text(all->plan, key), plan_text(all->plan, value) };
}

static int compare_text(const void *a, const void *b)
{
    struct str x = { 0 }, y = { 0 };
    (void)json_as_text(*(const struct json *const *)a, &x);
    (void)json_as_text(*(const struct json *const *)b, &y);
    return str_compare(x, y);
}

/* The addresses in an order that does not depend on how they were given. */
static void put_addresses(struct buf *out, const struct json *list)
{
    const struct json *items[2 * PLAN_FAMILY_MAX];
    size_t count = 0;
    while (count < json_count(list) && count < LENGTH_OF(items)) {
        items[count] = json_item(list, count);
        count++;
    }
    if (count)
        qsort(items, count, sizeof(*items), compare_text);
    for (size_t i = 0; i < count; i++) {
        struct str text = STR("");
        (void)json_as_text(items[i], &text);
        buf_put(out, text);
        buf_put_text(out, " ");
    }
}

static enum status note_host(void *ctx, const struct json *item, struct error *err)
{
    struct applying *all = (struct applying *)ctx;
    char storage[2 * PLAN_FAMILY_MAX * (IP_TEXT_SIZE + 1)];
    struct buf value = BUF_ON(storage);
    struct str name = STR("");
    (void)err;
    (void)json_as_text(json_get(item, "name"), &name);
    put_addresses(&value, json_get(item, "addresses"));
    add_present(all, name, buf_str(&value));
    return OK;
}

static void put_record_key(struct buf *out, const struct json *item)
{
    static const char *const keys[] = { "name", "type", "data" };
    for (size_t i = 0; i < LENGTH_OF(keys); i++) {
        struct str text = STR("");
        (void)json_as_text(json_get(item, keys[i]), &text);
        buf_put(out, text);
        buf_put_text(out, " ");
    }
}

static enum status note_record(void *ctx, const struct json *item, struct error *err)
{
    struct applying *all = (struct applying *)ctx;
    CLEANUP(mem_freep) char *space = (char *)mem_new(KEY_SIZE);
    struct buf key = buf_on(space, KEY_SIZE);
    (void)err;
    put_record_key(&key, item);
    add_present(all, buf_str(&key), STR(""));
    return OK;
}

static int compare_present(const void *a, const void *b)
{
    return strcmp(((const struct present *)a)->key, ((const struct present *)b)->key);
}

static const struct present *find_present(const struct applying *all, const char *key)
{
    const struct present wanted = { .key = key };
    if (all->present_count == 0)
        return NULL;
    return (const struct present *)bsearch(&wanted, all->present, all->present_count,
                                           sizeof(wanted), compare_present);
}

static enum status load_list(struct applying *all, const char *path, ask_item_fn fn)
{
    char storage[PATH_SIZE];
    struct buf query = BUF_ON(storage);
    buf_put_text(&query, path);
    ask_put_escaped(&query, str_from(name_text(&all->zone->name)));
    return ask_each(all->config, buf_text(&query), fn, all, all->err) ? ERR_IO : OK;
}

static enum status load_present(struct applying *all)
{
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    CLEANUP(json_freep) struct json *reply = NULL;
    all->present_count = 0;
    buf_put_text(&path, "/zones/");
    ask_put_escaped(&path, str_from(name_text(&all->zone->name)));
    enum status status = ask_front(all->config, "GET", buf_text(&path), NULL, ASK_WAIT_MS,
                                   &reply, all->err);
    all->zone_missing = status == ERR_NOT_FOUND;
    if (status)
        return all->zone_missing ? OK : ERR_IO;
    status = load_list(all, "/hosts?zone=", note_host);
    if (!status)
        status = load_list(all, "/records?zone=", note_record);
    if (all->present_count)
        qsort(all->present, all->present_count, sizeof(struct present), compare_present);
    return status;
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
    char storage[2 * PLAN_FAMILY_MAX * (IP_TEXT_SIZE + 1)];
    struct buf value = BUF_ON(storage);
    const char *name = name_text(&host->name);
    const struct present *present = find_present(all, name);
    if (!present)
        return false;
    put_addresses(&value, addresses);
    if (strcmp(present->value, buf_text(&value)) != 0)
        plan_remark(all->plan, host->line,
                    "host %s is there with other addresses, which stay", name);
    all->there++;
    return true;
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
    return OK;
}

static enum status apply_record(struct applying *all, const struct plan_record *record)
{
    CLEANUP(mem_freep) char *space = (char *)mem_new(KEY_SIZE);
    struct buf key = buf_on(space, KEY_SIZE);
    CLEANUP(json_freep) struct json *body = plan_record_json(record);
    put_record_key(&key, body);
    if (find_present(all, buf_text(&key))) {
        all->there++;
        return OK;
    }
    enum status status = prepare(all);
    if (!status)
        add_call(all, CALL_RECORD, TAKE(body), record->line, NULL);
    return status;
}

static enum status apply_zone(struct applying *all, size_t number, struct json *zones)
{
    const struct plan *plan = all->plan;
    all->zone = &plan->zones[number];
    all->zone_called = all->zone_failed = false;
    all->hosts = all->records = all->there = all->failed = 0;
    enum status status = load_present(all);
    if (!status)
        status = prepare(all);
    for (size_t i = 0; i < plan->host_count && !status && !all->zone_failed; i++)
        if (plan->hosts[i].zone == number)
            status = apply_host(all, &plan->hosts[i]);
    for (size_t i = 0; i < plan->record_count && !status && !all->zone_failed; i++)
        if (plan->records[i].zone == number && !plan->records[i].taken)
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

/* After all zones: the messages of a dry run hold nothing of these. */
static enum status apply_tokens(struct applying *all)
{
    enum status status = OK;
    for (size_t i = 0; i < all->new_host_count && !status; i++) {
        struct json *body = json_new_object();
        struct json *hosts = json_new_array();
        json_append(hosts, json_new_string(str_from(all->new_hosts[i])));
        json_put(body, "hosts", hosts);
        json_put_text(body, "label", STR("imported"));
        add_call(all, CALL_TOKEN, body, 0, all->new_hosts[i]);
        if (json_count(all->calls) + 1 > CALLS_MAX / 2)
            status = flush(all);
    }
    return status ? status : flush(all);
}

enum status import_apply(const struct config *config, struct plan *plan,
                         const struct json *options, struct json *report,
                         struct error *err)
{
    struct applying all = { .config = config, .plan = plan, .err = err };
    struct str owner;
    (void)json_as_bool(json_get(options, "dry_run"), &all.dry_run);
    (void)json_as_bool(json_get(options, "tokens"), &all.with_tokens);
    if (json_as_text(json_get(options, "owner"), &owner))
        all.owner = plan_text(plan, owner);
    all.name_servers = json_get(options, "name_servers");
    all.tokens = json_new_array();
    struct json *zones = json_new_array();
    json_put(report, "zones", zones);
    json_put(report, "tokens", all.tokens);
    begin_message(&all);
    enum status status = OK;
    for (size_t i = 0; i < plan->zone_count && !status; i++)
        if (plan_wants(plan, i))
            status = apply_zone(&all, i, zones);
    if (!status)
        status = apply_tokens(&all);
    json_free(all.calls);
    mem_free(all.accounts);
    mem_free(all.present);
    mem_free(all.new_hosts);
    return status;
}
