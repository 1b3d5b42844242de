// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/token.h"
#include "base/json.h"
#include "base/mem.h"
#include "rest/field.h"
#include "rest/list.h"
#include "rest/resource.h"

static const char *const kinds[] = { "update", "tsig", "signed", "api", NULL };

static const char *const right_words[] = { "address", "txt",     "prefix", "read",
                                           "write",   "operate", NULL };

static const struct field fields[] = {
    FIELD(struct token_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD_OF_WORDS(struct token_row, kind, "kind", kinds, SET_BY_OWNER,
                   "update: for hosts; api: for programs that use this interface",
                   .only_new = true),
    FIELD(struct token_row, hint, "hint", FIELD_TEXT, SET_BY_NOBODY,
          "the first characters of its secret"),
    FIELD(struct token_row, label, "label", FIELD_TEXT, SET_BY_OWNER,
          "for people to remember it by"),
    FIELD(struct token_row, weak, "weak", FIELD_BOOL, SET_BY_NOBODY,
          "it is of the short form"),
    FIELD(struct token_row, expires_s, "expires", FIELD_NUMBER, SET_BY_OWNER,
          "when it ends, in seconds since 1970; 0: never"),
    FIELD(struct token_row, last_used_s, "last_used", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970; 0: never"),
    FIELD(struct token_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct token_row, last_change, "last_change", FIELD_NUMBER, SET_BY_NOBODY,
          "number of its newest change"),
    FIELD(
        struct token_row, exposed_s, "exposed", FIELD_NUMBER, SET_BY_NOBODY,
        "when it first came in clear where it may not, in seconds since 1970; 0: never"),
    BY_HAND("account", HAND_TEXT, SET_BY_OWNER, "address of the account that it acts for",
            .only_new = true, .unshown = true),
    BY_HAND("hosts", HAND_TEXTS, SET_BY_OWNER, "whole names of the hosts that it is for"),
    BY_HAND("rights", HAND_TEXTS, SET_BY_OWNER, "what it may do", .words = right_words),
    BY_HAND("networks", HAND_TEXTS, SET_BY_OWNER,
            "addresses and networks from which it is accepted; none: all"),
    BY_HAND("short", HAND_BOOL, SET_BY_OWNER, "the short form, for devices that cut",
            .only_new = true, .unshown = true),
    BY_HAND("secret", HAND_TEXT, SET_BY_NOBODY, "what the device or program sends",
            .shown_once = true),
    BY_HAND("qr", HAND_OBJECT, SET_BY_NOBODY,
            "for pages: the secret as a QR code, an SVG path and the side of its square",
            .may_miss = true, .shown_once = true),
};
const struct shape token_shape = { "Token", fields, LENGTH_OF(fields) };

static const struct right {
    const char *word;
    unsigned right;
} rights[] = {
    { "address", RIGHT_ADDRESS }, { "txt", RIGHT_TXT },     { "prefix", RIGHT_PREFIX },
    { "read", RIGHT_READ },       { "write", RIGHT_WRITE }, { "operate", RIGHT_OPERATE },
};

static void put_rights(struct json *object, unsigned held)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < LENGTH_OF(rights); i++)
        if (held & rights[i].right)
            json_append(list, json_new_string(str_from(rights[i].word)));
    json_put(object, "rights", list);
}

enum status rest_token_json(const struct rest_call *call, const struct token_row *row,
                            struct json **out, struct error *err)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    fields_write(&token_shape, row, object);
    put_rights(object, row->rights);
    json_put(object, "networks", token_networks_json(row));
    struct json *hosts = json_new_array();
    json_put(object, "hosts", hosts);
    for (size_t i = 0; i < row->host_count; i++) {
        struct host_row host;
        enum status status =
            store_host_find(call->admin.store, row->host_ids[i], &host, err);
        if (status)
            return status;
        json_append(hosts, json_new_string(str_from(name_text(&host.name))));
    }
    *out = TAKE(object);
    return OK;
}

static enum status append(void *ctx, const struct token_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    struct json *item = NULL;
    enum status status = rest_token_json(list->call, row, &item, list->err);
    return status ? status : rest_list_put(list, row->id, item);
}

enum status rest_token_list(struct rest_call *call, struct error *err)
{
    struct host_row host = { .id = 0 };
    struct rest_list list;
    struct str host_name = rest_param(call, "host");
    enum status status = host_name.n ? rest_find_host(call, host_name, &host, err) : OK;
    if (!status && host.id && !actor_owns(&call->admin.actor, host.owner_id))
        status = rest_missing(ERR_NOT_FOUND, "host", host_name, err);
    if (!status)
        status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    status = store_token_list(call->admin.store, host.id, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

enum status rest_token_show(struct rest_call *call, struct error *err)
{
    struct token_row row;
    enum status status = rest_find_token(call, call->arg, &row, err);
    return status ? status : rest_token_json(call, &row, &call->result, err);
}

static enum status read_hosts(const struct rest_call *call, struct token_row *row,
                              struct error *err)
{
    const struct json *list = NULL;
    enum status status = rest_member_list(call->body, "hosts", &list, err);
    if (status || !list)
        return status;
    if (json_count(list) == 0 || json_count(list) > TOKEN_HOSTS_MAX)
        return FAIL(err, ERR_LIMIT, "hosts: must be a list of 1 to %d", TOKEN_HOSTS_MAX);
    row->host_count = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        struct str name;
        struct host_row host;
        if (!json_as_text(json_item(list, i), &name))
            return FAIL(err, ERR_SYNTAX, "hosts: must be a list of names");
        status = rest_find_seen_host(call, name, &host, err);
        if (status)
            return status;
        row->host_ids[row->host_count++] = host.id;
        if (row->account_id == 0)
            row->account_id = host.owner_id;
    }
    return OK;
}

/* The rights that a token of this kind may have. */
static unsigned rights_of(enum token_kind kind)
{
    return kind == TOKEN_API ? RIGHTS_OF_API : RIGHTS_OF_HOSTS;
}

static bool find_right(struct str word, unsigned among, unsigned *set)
{
    for (size_t i = 0; i < LENGTH_OF(rights); i++)
        if (rights[i].right & among && str_equal(word, str_from(rights[i].word))) {
            *set |= rights[i].right;
            return true;
        }
    return false;
}

static enum status refuse_right(unsigned among, struct error *err)
{
    char storage[64];
    struct buf words = BUF_ON(storage);
    for (size_t i = 0; i < LENGTH_OF(rights); i++)
        if (rights[i].right & among)
            buf_printf(&words, "%s%s", words.n ? ", " : "", rights[i].word);
    return FAIL(err, ERR_SYNTAX, "rights: must be a list of %s", buf_text(&words));
}

static enum status read_rights(const struct json *body, struct token_row *row,
                               struct error *err)
{
    const struct json *list = NULL;
    unsigned among = rights_of(row->kind);
    enum status status = rest_member_list(body, "rights", &list, err);
    if (status || !list)
        return status;
    row->rights = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        struct str word;
        if (!json_as_text(json_item(list, i), &word) ||
            !find_right(word, among, &row->rights))
            return refuse_right(among, err);
    }
    return row->rights ? OK : FAIL(err, ERR_SYNTAX, "rights: at least one is needed");
}

static enum status read_networks(const struct json *body, struct token_row *row,
                                 struct error *err)
{
    const struct json *list = NULL;
    enum status status = rest_member_list(body, "networks", &list, err);
    if (status || !list)
        return status;
    if (json_count(list) > TOKEN_NETWORKS_MAX)
        return FAIL(err, ERR_LIMIT, "networks: more than %d", TOKEN_NETWORKS_MAX);
    row->network_count = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        struct str text;
        if (!json_as_text(json_item(list, i), &text))
            return FAIL(err, ERR_SYNTAX, "networks: must be a list of texts");
        if (prefix_parse(text, &row->networks[row->network_count++]))
            return FAIL(err, ERR_SYNTAX, "networks: '" STR_FMT "' is no network",
                        STR_ARG(text));
    }
    return OK;
}

static enum status read_lists(const struct rest_call *call, struct token_row *row,
                              struct error *err)
{
    enum status status = read_hosts(call, row, err);
    if (!status)
        status = read_rights(call->body, row, err);
    return status ? status : read_networks(call->body, row, err);
}

/* A program cannot give itself a longer life or more rights. */
static enum status check_maker(struct rest_call *call, enum token_kind kind,
                               struct error *err)
{
    if (kind == TOKEN_API && call->admin.actor.kind == ACTOR_TOKEN)
        return FAIL(err, ERR_DENIED,
                    "a token for the API makes and changes none of its kind");
    return kind == TOKEN_API ? rest_need_fresh(call, err) : OK;
}

/* Whose the token is to be: for an operator that of its hosts' owner, or as the body says. */
static enum status read_account(const struct rest_call *call, struct token_row *row,
                                struct error *err)
{
    const struct actor *actor = &call->admin.actor;
    const struct json *member = json_get(call->body, "account");
    struct str email;
    struct account_row account;
    if (!member) {
        if (actor->kind == ACTOR_MACHINE && row->kind == TOKEN_API)
            return FAIL(err, ERR_SYNTAX, "account: is needed");
        if (!actor_is_operator(actor) || row->kind == TOKEN_API)
            row->account_id = actor->account_id;
        return OK;
    }
    if (!json_as_text(member, &email))
        return FAIL(err, ERR_SYNTAX, "account: must be a text");
    enum status status = rest_find_account(call, email, &account, err);
    if (status == ERR_NOT_FOUND && !actor_is_operator(actor))
        return FAIL(err, ERR_DENIED, "account: only operators name another");
    if (status)
        return status;
    if (!actor_owns(actor, account.id))
        return FAIL(err, ERR_DENIED, "account: only operators name another");
    row->account_id = account.id;
    return OK;
}

static enum status read_new(struct rest_call *call, struct token_row *row,
                            bool *short_form, struct error *err)
{
    const struct json *member = json_get(call->body, "short");
    enum status status =
        fields_read(&token_shape, call->body, rest_setter(call), true, row, err);
    if (!status)
        status = check_maker(call, row->kind, err);
    if (!status)
        status = read_account(call, row, err);
    if (status)
        return status;
    if (row->kind != TOKEN_UPDATE && row->kind != TOKEN_API)
        return FAIL(err, ERR_SYNTAX, "kind: must be update or api");
    row->rights = row->kind == TOKEN_API ? RIGHT_READ : RIGHT_ADDRESS;
    status = read_lists(call, row, err);
    if (status)
        return status;
    if (row->kind == TOKEN_UPDATE && row->host_count == 0)
        return FAIL(err, ERR_SYNTAX, "hosts: are needed");
    if (member && !json_as_bool(member, short_form))
        return FAIL(err, ERR_SYNTAX, "short: must be true or false");
    if (*short_form && row->kind == TOKEN_API)
        return FAIL(err, ERR_CONFLICT, "short: is for devices that cut passwords");
    return OK;
}

enum status rest_token_add(struct rest_call *call, struct error *err)
{
    struct token_row row = { .kind = TOKEN_UPDATE };
    bool short_form = false;
    enum status status = read_new(call, &row, &short_form, err);
    if (status)
        return status;
    char secret[TOKEN_TEXT_SIZE];
    token_make(short_form, secret);
    token_describe(call->keys, str_from(secret), &row);
    status = admin_token_add(&call->admin, &row, err);
    if (!status)
        status = rest_token_json(call, &row, &call->result, err);
    if (!status)
        json_put_text(call->result, "secret", str_from(secret));
    if (!status && call->admin.actor.kind == ACTOR_SESSION) {
        struct json *qr = json_new_object();
        rest_put_qr(qr, str_from(secret));
        json_put(call->result, "qr", qr);
    }
    mem_wipe(secret, sizeof(secret));
    return status;
}

enum status rest_token_set(struct rest_call *call, struct error *err)
{
    struct token_row row;
    enum status status = rest_find_token(call, call->arg, &row, err);
    if (!status)
        status = check_maker(call, row.kind, err);
    if (!status)
        status =
            fields_read(&token_shape, call->body, rest_setter(call), false, &row, err);
    if (!status)
        status = read_lists(call, &row, err);
    if (!status)
        status = admin_token_set(&call->admin, &row, err);
    return status ? status : rest_token_json(call, &row, &call->result, err);
}

enum status rest_token_remove(struct rest_call *call, struct error *err)
{
    struct token_row row;
    enum status status = rest_find_token(call, call->arg, &row, err);
    return status ? status : admin_token_remove(&call->admin, row.id, err);
}
