// SPDX-License-Identifier: GPL-3.0-or-later
/* Networks to which no host may point. */
#include "base/json.h"
#include "rest/field.h"
#include "rest/list.h"
#include "rest/resource.h"
#include "store/name_rules.h"

static const struct field fields[] = {
    FIELD(struct blocked_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD(struct blocked_row, reason, "reason", FIELD_TEXT, SET_BY_OPERATOR,
          "why, for operators", .only_new = true),
    FIELD(struct blocked_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "since when, in seconds since 1970"),
    FIELD(struct blocked_row, expires_s, "expires", FIELD_NUMBER, SET_BY_OPERATOR,
          "when it goes by itself, in seconds since 1970; 0: never", .only_new = true),
    BY_HAND("network", HAND_TEXT, SET_BY_OPERATOR, "such as 192.0.2.0/24",
            .only_new = true, .needed = true),
};
const struct shape blocked_shape = { "BlockedNetwork", fields, LENGTH_OF(fields) };

static struct json *to_json(const struct blocked_row *row)
{
    char storage[PREFIX_TEXT_SIZE];
    struct buf network = BUF_ON(storage);
    struct json *object = json_new_object();
    fields_write(&blocked_shape, row, object);
    prefix_format(row->network, &network);
    json_put_text(object, "network", buf_str(&network));
    return object;
}

static enum status append(void *ctx, const struct blocked_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    return rest_list_put(list, row->id, to_json(row));
}

enum status rest_blocked_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    enum status status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    status = store_blocked_list(call->admin.store, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

static enum status read_network(struct str text, struct prefix *out, struct error *err)
{
    if (prefix_parse(text, out))
        return FAIL(err, ERR_SYNTAX, "network: must be written like 192.0.2.0/24");
    return OK;
}

enum status rest_blocked_add(struct rest_call *call, struct error *err)
{
    struct blocked_row row = { .id = 0 };
    enum status status =
        fields_read(&blocked_shape, call->body, rest_setter(call), true, &row, err);
    if (!status)
        status = read_network(json_get_text(call->body, "network"), &row.network, err);
    if (!status)
        status = admin_blocked_add(&call->admin, &row, err);
    if (!status)
        call->result = to_json(&row);
    return status;
}

enum status rest_blocked_remove(struct rest_call *call, struct error *err)
{
    struct blocked_row row;
    struct prefix network;
    enum status status = read_network(call->arg, &network, err);
    if (status)
        return status;
    status = store_blocked_find(call->admin.store, prefix_network(network), &row, err);
    if (status)
        return rest_missing(status, "blocked network", call->arg, err);
    return admin_blocked_remove(&call->admin, row.id, err);
}
