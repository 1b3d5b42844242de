// SPDX-License-Identifier: GPL-3.0-or-later
/* Further records: the owner's name (with "*." for a wildcard), the type's name, and the data
 * as zone files have it. */
#include <string.h>

#include "base/json.h"
#include "dns/zonefile.h"
#include "rest/field.h"
#include "rest/list.h"
#include "rest/resource.h"
#include "rule/record_type.h"

enum {
    DATA_TEXT_SIZE = 8192 /* 1024 bytes, each escaped, and what stands between them */
};

static const struct field fields[] = {
    FIELD(struct record_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD(struct record_row, ttl_s, "ttl", FIELD_NUMBER, SET_BY_OWNER, "seconds"),
    FIELD(struct record_row, expires_s, "expires", FIELD_NUMBER, SET_BY_OWNER,
          "when it goes by itself, in seconds since 1970; 0: never"),
    BY_HAND("name", HAND_TEXT, SET_BY_OWNER, "its whole name, which may begin with '*.'",
            .needed = true),
    BY_HAND("type", HAND_TEXT, SET_BY_OWNER, "such as MX, TXT or CNAME", .needed = true),
    BY_HAND("data", HAND_TEXT, SET_BY_OWNER, "as zone files have it", .needed = true),
    BY_HAND("zone", HAND_TEXT, SET_BY_OWNER, "the zone that it has to lie in",
            .only_new = true, .unshown = true),
};
const struct shape record_shape = { "Record", fields, LENGTH_OF(fields) };

struct json *rest_record_json(const struct record_row *row)
{
    char storage[DATA_TEXT_SIZE];
    struct json *object = json_new_object();
    fields_write(&record_shape, row, object);
    struct buf text = BUF_ON(storage);
    buf_put_text(&text, row->wildcard ? "*." : "");
    name_format(&row->owner, &text);
    json_put_text(object, "name", buf_str(&text));
    text.n = 0;
    rr_type_format(row->type, &text);
    json_put_text(object, "type", buf_str(&text));
    text.n = 0;
    rdata_format(row->type, str_bytes(row->rdata, row->rdata_n), &text);
    json_put_text(object, "data", buf_str(&text));
    return object;
}

static enum status append(void *ctx, const struct record_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    return rest_list_put(list, row->id, rest_record_json(row));
}

enum status rest_record_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    int64_t zone_id = 0;
    enum status status = rest_list_begin_in_zone(call, &list, &zone_id, err);
    if (status)
        return status;
    status = store_record_page(call->admin.store, zone_id, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

static enum status read_text(const struct json *body, const char *key, struct str *out,
                             struct error *err)
{
    if (!json_as_text(json_get(body, key), out))
        return FAIL(err, ERR_SYNTAX, "%s: must be a text", key);
    return OK;
}

static enum status read_owner(struct str text, struct record_row *row, struct error *err)
{
    row->wildcard = str_starts(text, STR("*."));
    enum status status =
        name_parse(str_from_at(text, row->wildcard ? 2 : 0), &row->owner, err);
    if (status)
        error_prefix(err, "name");
    return status;
}

static enum status read_record(const struct rest_call *call, struct record_row *row,
                               struct error *err)
{
    const struct json *body = call->body;
    struct str name = { 0 }, type = { 0 }, data = { 0 };
    enum status status =
        fields_read(&record_shape, body, rest_setter(call), true, row, err);
    if (!status)
        status = read_text(body, "name", &name, err);
    if (!status)
        status = read_text(body, "type", &type, err);
    if (!status)
        status = read_text(body, "data", &data, err);
    if (!status)
        status = read_owner(name, row, err);
    if (status)
        return status;
    if (rr_type_parse(type, &row->type) || !record_type_is_allowed(row->type))
        return FAIL(err, ERR_SYNTAX,
                    "type: records of type '" STR_FMT "' cannot be given", STR_ARG(type));
    struct buf rdata = BUF_ON(row->rdata);
    status = rdata_parse(row->type, data, &rdata, err);
    row->rdata_n = rdata.n;
    return status;
}

enum status rest_record_add(struct rest_call *call, struct error *err)
{
    struct record_row row = { .id = 0 };
    enum status status = read_record(call, &row, err);
    if (!status)
        status = admin_record_add(&call->admin, &row, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no zone for %s", name_text(&row.owner));
    if (!status)
        status = rest_member_zone(call, row.zone_id, &row.owner, err);
    if (!status)
        call->result = rest_record_json(&row);
    return status;
}

enum status rest_record_remove(struct rest_call *call, struct error *err)
{
    struct record_row row;
    enum status status = rest_find_record(call, call->arg, &row, err);
    return status ? status : admin_record_remove(&call->admin, row.id, err);
}
