// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/acmedns_register.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "change/admin.h"
#include "update/acmedns_part.h"
#include "update/parameters.h"
#include "update/who.h"

enum {
    LABEL_BYTES = 16,
    LABEL_TEXT = 2 * LABEL_BYTES + 4 + 1, /* with four hyphens */
};

/* A stranger's registration; in the memory of its exchange. The writer has it until it is done. */
struct registration {
    struct update_call *call;
    struct name zone; /* a copy: a reload may name another one meanwhile */
    struct host_row host;
    struct token_row token;
    char secret[TOKEN_TEXT_SIZE];
    int64_t now_s;
};

/* ----- replies ----- */

/* The name that an alias of somebody else's would lead to. */
static void put_full_domain(struct json *object, const struct name *host)
{
    struct name name;
    if (!challenge_name(host, &name))
        json_put_text(object, "fulldomain", str_from(name_text(&name)));
}

static void reply_account(struct http_exchange *exchange, const struct name *host,
                          struct str secret, const struct token_row *token)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    json_put_text(object, "username", str_from(name_text(host)));
    json_put_text(object, "password", secret);
    put_full_domain(object, host);
    json_put_text(object, "subdomain", str_from(name_text(host)));
    json_put(object, "allowfrom", token_networks_json(token));
    char *text = json_text(object);
    const struct http_response response = { .status = 201,
                                            .type = "application/json",
                                            .body = str_from(text) };
    http_reply(exchange, &response);
    mem_wipe(text, str_from(text).n);
    mem_free(text);
}

/* ----- with a token ----- */

/* The host that the user names, or the token's only one. */
static void find_host(const struct updates *updates, const struct asker *asker,
                      const struct update_call *call, struct host_row *host,
                      struct update_outcome *out)
{
    bool wildcard = false, encrypted = call->update.origin.encrypted;
    struct name name;
    if (call->update.hosts.n > 0) {
        who_names(challenge_host(call->update.hosts), &name, &wildcard, out);
    } else {
        *out = (struct update_outcome){ .code = UPDATE_NOTFQDN };
        if (asker->token.host_count != 1 ||
            change_find_host_id(updates->change, asker->token.host_ids[0], host, NULL))
            return;
        name = host->name;
        out->code = UPDATE_GOOD;
    }
    if (out->code == UPDATE_GOOD)
        who_finds(updates, asker, &name, encrypted, host, out);
}

static void tell_holder(struct updates *updates, struct update_call *call)
{
    struct asker asker;
    struct host_row host;
    struct update_outcome outcome = { .code = UPDATE_GOOD };
    enum update_why why = who_asks(updates, &call->update, NULL, &asker);
    if (why != WHY_NOTHING)
        outcome.code = who_refuse(updates, &call->update, &why);
    else
        find_host(updates, &asker, call, &host, &outcome);
    if (outcome.why == WHY_PLAIN_HTTP)
        change_expose_token(updates->change, asker.token.id);
    if (outcome.code == UPDATE_GOOD)
        reply_account(call->exchange, &host.name, call->update.secret, &asker.token);
    else
        acmedns_refuse_code(call->exchange, outcome.code);
}

/* ----- strangers ----- */

/* A random UUID, as acme-dns names its accounts. */
static enum status make_name(const struct name *zone, struct name *out)
{
    uint8_t bytes[LABEL_BYTES];
    char storage[LABEL_TEXT];
    struct buf label = BUF_ON(storage);
    random_fill(bytes, sizeof(bytes));
    bytes[6] = (uint8_t)((bytes[6] & 0x0fU) | 0x40U);
    bytes[8] = (uint8_t)((bytes[8] & 0x3fU) | 0x80U);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            buf_put_text(&label, "-");
        buf_put_hex(&label, str_bytes(&bytes[i], 1));
    }
    return name_prepend(buf_str(&label), zone, out);
}

static enum status make_account(struct store *store, void *ctx, struct error *err)
{
    struct registration *registration = (struct registration *)ctx;
    const struct update_call *call = registration->call;
    struct host_row *host = &registration->host;
    struct token_row *token = &registration->token;
    const struct admin admin = { .store = store,
                                 .now_s = registration->now_s,
                                 .origin = &call->update.origin,
                                 .actor = actor_at_machine() };
    struct zone_row zone;
    enum status status = store_zone_find_name(store, &registration->zone, &zone, err);
    if (!status)
        status = make_name(&zone.name, &host->name);
    if (status)
        return status;
    host->owner_id = token->account_id = zone.owner_id;
    status = admin_host_add(&admin, host, err);
    if (status)
        return status;
    token->host_ids[0] = host->id;
    token->host_count = 1;
    return admin_token_add(&admin, token, err);
}

static void account_made(void *ctx, enum status status, const struct error *err)
{
    struct registration *registration = (struct registration *)ctx;
    struct http_exchange *exchange = registration->call->exchange;
    if (status) {
        log_warning("not-registered", LOG_TEXT("why", err->text));
        acmedns_refuse(exchange, 500, "db_error");
    } else {
        reply_account(exchange, &registration->host.name, str_from(registration->secret),
                      &registration->token);
    }
    mem_wipe(registration->secret, sizeof(registration->secret));
}

static void register_stranger(struct updates *updates, struct update_call *call,
                              const struct token_row *allowed)
{
    const struct change_origin *origin = &call->update.origin;
    struct registration *registration =
        ARENA_NEW(http_request_arena(call->exchange), struct registration);
    if (!throttle_take(updates->strangers, throttle_source(origin->source),
                       clock_steady_ms(updates->clock))) {
        updates->counts.strangers_slowed++;
        acmedns_refuse(call->exchange, 503, "throttled");
        return;
    }
    registration->call = call;
    name_copy(&registration->zone, updates->register_zone);
    registration->now_s = clock_wall_s(updates->clock);
    registration->host.plain_http = !origin->encrypted && !updates->is_tls_usual;
    registration->token = *allowed;
    registration->token.kind = TOKEN_UPDATE;
    registration->token.rights = RIGHT_TXT;
    struct buf label = BUF_ON(registration->token.label);
    buf_put_text(&label, dialect_word(origin->dialect));
    (void)buf_text(&label);
    token_make(false, registration->secret);
    token_describe(updates->keys, str_from(registration->secret), &registration->token);
    if (change_submit(updates->change, make_account, registration, account_made,
                      registration))
        acmedns_refuse(call->exchange, 500, "db_error");
}

/* ----- the request ----- */

static bool take_network(const struct json *item, struct token_row *token)
{
    struct str text;
    return token->network_count < TOKEN_NETWORKS_MAX && json_as_text(item, &text) &&
           str_find(text, '/') < text.n &&
           !prefix_parse(text, &token->networks[token->network_count++]);
}

/* Takes the networks into `token`. NULL, or the word for what is wrong. */
static const char *read_body(struct str text, struct token_row *token)
{
    CLEANUP(json_freep) struct json *body = NULL;
    if (str_trim(text).n == 0)
        return NULL;
    if (json_parse(text, &body, NULL) || !json_is_object(body))
        return "malformed_json_payload";
    const struct json *list = json_get(body, "allowfrom");
    if (list && !json_is_array(list) && !json_is_null(list))
        return "malformed_json_payload";
    for (size_t i = 0; i < json_count(list); i++)
        if (!take_network(json_item(list, i), token))
            return "invalid_allowfrom_cidr";
    return NULL;
}

void acmedns_register(struct updates *updates, struct update_request *request)
{
    static const struct http_response not_found = { .status = 404,
                                                    .body = { "not found\n", 10 } };
    struct http_exchange *exchange = request->exchange;
    struct token_row allowed = { .id = 0 };
    struct update_call *call = update_call_new(request);
    struct update *update = &call->update;
    update->txt = update_txt_new(http_request_arena(exchange));
    update->txt->alone = true;
    struct str user;
    acmedns_read_credentials(call, &user, &update->secret);
    if (parameters_is_full_name(user))
        update->hosts = user;
    const char *wrong = read_body(http_request_body(exchange), &allowed);
    if (update->secret.n == 0 && !updates->register_zone)
        http_reply(exchange, &not_found);
    else if (wrong)
        acmedns_refuse(exchange, 400, wrong);
    else if (update->secret.n > 0)
        tell_holder(updates, call);
    else
        register_stranger(updates, call, &allowed);
}
