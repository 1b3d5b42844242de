// SPDX-License-Identifier: GPL-3.0-or-later
/* What the resources share: parameters and members of a call, and the rows that they name. */
#include "rest/call.h"

#include "account/qr.h"
#include "account/zone_role.h"
#include "base/json.h"
#include "base/mem.h"

enum field_setter rest_setter(const struct rest_call *call)
{
    return actor_is_operator(&call->admin.actor) ? SET_BY_OPERATOR : SET_BY_OWNER;
}

/* Pages draw it, so that a secret is in no address that could be logged. */
void rest_put_qr(struct json *object, struct str text)
{
    char *storage = (char *)mem_new(QR_PATH_SIZE);
    struct buf path = buf_on(storage, QR_PATH_SIZE);
    int side = qr_put_path(text, &path);
    if (side) {
        json_put_text(object, "qr_path", buf_str(&path));
        json_put_number(object, "qr_side", side);
    }
    mem_wipe(storage, QR_PATH_SIZE);
    mem_free(storage);
}

enum status rest_need_fresh(struct rest_call *call, struct error *err)
{
    const struct actor *actor = &call->admin.actor;
    if (actor->kind != ACTOR_SESSION || call->admin.now_s < actor->fresh_s)
        return OK;
    call->word = "fresh";
    return FAIL(err, ERR_DENIED, "this needs your password once more");
}

struct str rest_param(const struct rest_call *call, const char *name)
{
    for (size_t i = 0; i < call->param_count; i++)
        if (str_equal(call->params[i].name, str_from(name)))
            return call->params[i].value;
    return STR("");
}

enum status rest_member_list(const struct json *body, const char *key,
                             const struct json **out, struct error *err)
{
    const struct json *member = json_get(body, key);
    if (member && !json_is_array(member))
        return FAIL(err, ERR_SYNTAX, "%s: must be a list", key);
    *out = member;
    return OK;
}

static enum status read_make_owner(const struct json *body, bool *make, struct error *err)
{
    const struct json *member = json_get(body, "make_owner");
    if (member && !json_as_bool(member, make))
        return FAIL(err, ERR_SYNTAX, "make_owner: must be true or false");
    return OK;
}

static enum status make_account(const struct rest_call *call, struct str email,
                                struct account_row *out, struct error *err)
{
    struct buf text = BUF_ON(out->email);
    *out = (struct account_row){ .language = "en" };
    buf_put(&text, email);
    if (text.full)
        return FAIL(err, ERR_LIMIT, "owner: is too long");
    (void)buf_text(&text);
    return admin_account_add(&call->admin, out, err);
}

/* Whether the account is there is not told. */
static enum status refuse_owner(struct str email, struct error *err)
{
    return FAIL(err, ERR_DENIED, "owner: only operators give things to " STR_FMT,
                STR_ARG(email));
}

enum status rest_member_owner(const struct rest_call *call, int64_t *owner_id,
                              struct error *err)
{
    const struct json *member = json_get(call->body, "owner");
    struct str email;
    struct account_row account;
    if (!member)
        return OK;
    if (!json_as_text(member, &email))
        return FAIL(err, ERR_SYNTAX, "owner: must be a text");
    bool make = false;
    enum status status = read_make_owner(call->body, &make, err);
    make &= actor_is_operator(&call->admin.actor);
    if (!status)
        status = rest_find_account(call, email, &account, err);
    if (status == ERR_NOT_FOUND && make)
        status = make_account(call, email, &account, err);
    if (status == ERR_NOT_FOUND && !actor_is_operator(&call->admin.actor))
        return refuse_owner(email, err);
    if (status)
        return status;
    if (!actor_owns(&call->admin.actor, account.id))
        return refuse_owner(email, err);
    *owner_id = account.id;
    return OK;
}

enum status rest_member_zone(const struct rest_call *call, int64_t zone_id,
                             const struct name *name, struct error *err)
{
    const struct json *member = json_get(call->body, "zone");
    struct str text;
    struct name wanted;
    struct zone_row zone;
    if (!member)
        return OK;
    if (!json_as_text(member, &text))
        return FAIL(err, ERR_SYNTAX, "zone: must be a name");
    enum status status = name_parse(text, &wanted, err);
    if (!status)
        status = store_zone_find(call->admin.store, zone_id, &zone, err);
    if (status || name_equal(&wanted, &zone.name))
        return status;
    return FAIL(err, ERR_CONFLICT, "%s: lies in the zone %s, not in %s", name_text(name),
                name_text(&zone.name), name_text(&wanted));
}

enum status rest_member_addresses(const struct json *body, const char *key,
                                  struct addresses *out, bool *given, struct error *err)
{
    const struct json *list = NULL;
    enum status status = rest_member_list(body, key, &list, err);
    if (status)
        return status;
    *out = (struct addresses){ .v4.count = 0 };
    *given = list != NULL;
    for (size_t i = 0; i < json_count(list); i++) {
        struct str text;
        struct ip ip;
        if (!json_as_text(json_item(list, i), &text))
            return FAIL(err, ERR_SYNTAX, "%s: must be a list of texts", key);
        if (ip_parse(text, &ip))
            return FAIL(err, ERR_SYNTAX, "%s: '" STR_FMT "' is no address", key,
                        STR_ARG(text));
        if (addresses_add(out, ip))
            return FAIL(err, ERR_LIMIT, "%s: more than %d of one family", key,
                        ADDRESSES_MAX);
    }
    return OK;
}

struct json *rest_addresses_json(const struct addresses *addresses)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < addresses_count(addresses); i++)
        json_append(list,
                    json_new_string(str_from(ip_text(addresses_get(addresses, i)))));
    return list;
}

enum status rest_missing(enum status status, const char *thing, struct str which,
                         struct error *err)
{
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no %s " STR_FMT, thing, STR_ARG(which));
    return status;
}

enum status rest_find_account(const struct rest_call *call, struct str email,
                              struct account_row *out, struct error *err)
{
    enum status status = store_account_find_email(call->admin.store, email, out, err);
    return rest_missing(status, "account", email, err);
}

enum status rest_find_zone(const struct rest_call *call, struct str text,
                           struct zone_row *out, struct error *err)
{
    struct name name;
    enum status status = name_parse(text, &name, err);
    if (status)
        return status;
    status = store_zone_find_name(call->admin.store, &name, out, err);
    return rest_missing(status, "zone", text, err);
}

enum status rest_find_host(const struct rest_call *call, struct str text,
                           struct host_row *out, struct error *err)
{
    struct name name;
    enum status status = name_parse(text, &name, err);
    if (status)
        return status;
    status = store_host_find_name(call->admin.store, &name, out, err);
    return rest_missing(status, "host", text, err);
}

enum status rest_find_seen_host(const struct rest_call *call, struct str text,
                                struct host_row *out, struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    enum status status = rest_find_host(call, text, out, err);
    if (status || actor_owns(&call->admin.actor, out->owner_id))
        return status;
    status = store_zone_find(call->admin.store, out->zone_id, &zone, err);
    if (!status)
        status =
            zone_role_of_actor(call->admin.store, &call->admin.actor, &zone, &role, err);
    if (!status && !zone_role_may(role, ZONE_LOOK_AT_ALL))
        status = rest_missing(ERR_NOT_FOUND, "host", text, err);
    return status;
}

static enum status read_number(struct str text, const char *thing, int64_t *out,
                               struct error *err)
{
    uint64_t number = 0;
    if (str_to_u64(text, INT64_MAX, &number))
        return FAIL(err, ERR_SYNTAX, "%s '" STR_FMT "': its number is needed", thing,
                    STR_ARG(text));
    *out = (int64_t)number;
    return OK;
}

enum status rest_find_token(const struct rest_call *call, struct str number,
                            struct token_row *out, struct error *err)
{
    int64_t id = 0;
    enum status status = read_number(number, "token", &id, err);
    if (status)
        return status;
    status = store_token_find(call->admin.store, id, out, err);
    return rest_missing(status, "token", number, err);
}

enum status rest_find_record(const struct rest_call *call, struct str number,
                             struct record_row *out, struct error *err)
{
    int64_t id = 0;
    enum status status = read_number(number, "record", &id, err);
    if (status)
        return status;
    status = store_record_find(call->admin.store, id, out, err);
    return rest_missing(status, "record", number, err);
}

enum status rest_find_session(const struct rest_call *call, struct str number,
                              struct session_row *out, struct error *err)
{
    int64_t id = 0;
    enum status status = read_number(number, "session", &id, err);
    if (status)
        return status;
    status = store_session_find(call->admin.store, id, out, err);
    return rest_missing(status, "session", number, err);
}

enum status rest_find_member(const struct rest_call *call, struct str number,
                             struct member_row *out, struct error *err)
{
    int64_t id = 0;
    enum status status = read_number(number, "member", &id, err);
    if (status)
        return status;
    status = store_member_find(call->admin.store, id, out, err);
    return rest_missing(status, "member", number, err);
}

enum status rest_find_request(const struct rest_call *call, struct str number,
                              struct request_row *out, struct error *err)
{
    int64_t id = 0;
    enum status status = read_number(number, "request", &id, err);
    if (status)
        return status;
    status = admin_request_find(&call->admin, id, out, err);
    return rest_missing(status, "request", number, err);
}

enum status rest_find_passkey(const struct rest_call *call, struct str number,
                              struct passkey_row *out, struct error *err)
{
    int64_t id = 0;
    enum status status = read_number(number, "passkey", &id, err);
    if (status)
        return status;
    status = store_passkey_find(call->admin.store, id, out, err);
    return rest_missing(status, "passkey", number, err);
}
