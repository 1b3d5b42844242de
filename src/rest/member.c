// SPDX-License-Identifier: GPL-3.0-or-later
/* Members of zones. */
#include "account/zone_role.h"
#include "base/json.h"
#include "rest/list.h"
#include "rest/resource.h"

static const char *const roles[] = { "creator", "manager", NULL };

static const struct field fields[] = {
    FIELD(struct member_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD_OF_WORDS(struct member_row, role, "role", roles, SET_BY_OWNER,
                   "creator: makes hosts of its own there; manager: looks after the zone "
                   "as its owner does"),
    FIELD(struct member_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "since when, in seconds since 1970"),
    BY_HAND("zone", HAND_TEXT, SET_BY_OPERATOR, "the zone", .only_new = true,
            .needed = true),
    BY_HAND("account", HAND_TEXT, SET_BY_OPERATOR, "address of the account",
            .only_new = true, .needed = true),
    BY_HAND("added_by", HAND_TEXT_OR_NULL, SET_BY_NOBODY,
            "address of the account that let it in; null: an operator, or one that is "
            "gone"),
};
const struct shape member_shape = { "Member", fields, LENGTH_OF(fields) };

enum status rest_member_json(const struct rest_call *call, const struct member_row *row,
                             struct json **out, struct error *err)
{
    struct zone_row zone;
    struct account_row account, adder = { .id = 0 };
    struct store *store = call->admin.store;
    enum status status = store_zone_find(store, row->zone_id, &zone, err);
    if (!status)
        status = store_account_find(store, row->account_id, &account, err);
    if (!status && row->added_by)
        status = store_account_find(store, row->added_by, &adder, err);
    if (status)
        return status;
    struct json *object = json_new_object();
    fields_write(&member_shape, row, object);
    json_put_text(object, "zone", str_from(name_text(&zone.name)));
    json_put_text(object, "account", str_from(account.email));
    json_put(object, "added_by",
             adder.id ? json_new_string(str_from(adder.email)) : json_new_null());
    *out = object;
    return OK;
}

static enum status append(void *ctx, const struct member_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    struct json *item = NULL;
    enum status status = rest_member_json(list->call, row, &item, list->err);
    return status ? status : rest_list_put(list, row->id, item);
}

/* To a stranger the zone is not there. */
static enum status check_zone(const struct rest_call *call, int64_t zone_id,
                              struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    enum status status = store_zone_find(call->admin.store, zone_id, &zone, err);
    if (!status)
        status =
            zone_role_of_actor(call->admin.store, &call->admin.actor, &zone, &role, err);
    if (!status && !zone_role_may(role, ZONE_LOOK))
        return rest_missing(ERR_NOT_FOUND, "zone", rest_param(call, "zone"), err);
    return status;
}

enum status rest_zone_member_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    int64_t zone_id = 0;
    enum status status = rest_list_begin_in_zone(call, &list, &zone_id, err);
    if (status)
        return status;
    status = zone_id ? check_zone(call, zone_id, err) : OK;
    if (!status)
        status =
            store_member_list(call->admin.store, zone_id, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

static enum status read_member(const struct rest_call *call, struct member_row *row,
                               struct error *err)
{
    struct zone_row zone;
    struct account_row account;
    enum status status =
        fields_read(&member_shape, call->body, rest_setter(call), true, row, err);
    if (!status)
        status = rest_find_zone(call, json_get_text(call->body, "zone"), &zone, err);
    if (!status)
        status =
            rest_find_account(call, json_get_text(call->body, "account"), &account, err);
    if (status)
        return status;
    row->zone_id = zone.id;
    row->account_id = account.id;
    return OK;
}

enum status rest_zone_member_add(struct rest_call *call, struct error *err)
{
    struct member_row row = { .role = MEMBER_CREATOR };
    enum status status = read_member(call, &row, err);
    if (!status)
        status = admin_member_add(&call->admin, &row, err);
    return status ? status : rest_member_json(call, &row, &call->result, err);
}

enum status rest_zone_member_set(struct rest_call *call, struct error *err)
{
    struct member_row row;
    enum status status = rest_find_member(call, call->arg, &row, err);
    if (!status)
        status =
            fields_read(&member_shape, call->body, rest_setter(call), false, &row, err);
    if (!status && row.role == MEMBER_MANAGER)
        status = rest_need_fresh(call, err);
    if (!status)
        status = admin_member_set(&call->admin, &row, err);
    return status ? status : rest_member_json(call, &row, &call->result, err);
}

enum status rest_zone_member_remove(struct rest_call *call, struct error *err)
{
    struct member_row row;
    enum status status = rest_find_member(call, call->arg, &row, err);
    return status ? status : admin_member_remove(&call->admin, row.id, err);
}
