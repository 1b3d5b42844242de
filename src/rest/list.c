// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/list.h"

#include "account/zone_role.h"
#include "base/json.h"
#include "base/mem.h"

/* Operators see what is anybody's. */
static int64_t owner_of(const struct rest_call *call)
{
    return actor_is_operator(&call->admin.actor) ? 0 : call->admin.actor.account_id;
}

enum status rest_list_begin(const struct rest_call *call, struct rest_list *list,
                            struct error *err)
{
    uint64_t from = 0, count = REST_PAGE;
    struct str text = rest_param(call, "after");
    if (text.n && str_to_u64(text, INT64_MAX, &from))
        return FAIL(err, ERR_SYNTAX, "after: not a number");
    text = rest_param(call, "limit");
    if (text.n && (str_to_u64(text, REST_PAGE_MAX, &count) || count == 0))
        return FAIL(err, ERR_LIMIT, "limit: not a number from 1 to %d", REST_PAGE_MAX);
    *list = (struct rest_list){ .call = call,
                                .page = { (int64_t)from, (size_t)count, owner_of(call) },
                                .items = json_new_array(),
                                .err = err };
    return OK;
}

enum status rest_list_begin_in_zone(const struct rest_call *call, struct rest_list *list,
                                    int64_t *zone_id, struct error *err)
{
    struct zone_row zone = { .id = 0 };
    enum zone_role role = ZONE_STRANGER;
    struct str name = rest_param(call, "zone");
    enum status status = name.n ? rest_find_zone(call, name, &zone, err) : OK;
    if (!status && name.n)
        status =
            zone_role_of_actor(call->admin.store, &call->admin.actor, &zone, &role, err);
    if (!status)
        status = rest_list_begin(call, list, err);
    if (status)
        return status;
    *zone_id = zone.id;
    if (zone_role_may(role, ZONE_LOOK_AT_ALL))
        list->page.owner_id = 0;
    return OK;
}

void rest_list_pass(struct rest_list *list, int64_t id)
{
    list->walked++;
    list->last = id;
}

enum status rest_list_put(struct rest_list *list, int64_t id, struct json *item)
{
    size_t n = json_text_size(item) + 1;
    if (json_count(list->items) == list->page.limit ||
        (list->bytes && list->bytes + n > REST_BYTES_MAX)) {
        json_free(item);
        list->full = true;
        return ERR_LIMIT;
    }
    list->bytes += n;
    rest_list_pass(list, id);
    json_append(list->items, item);
    return OK;
}

enum status rest_list_end(struct rest_call *call, struct rest_list *list,
                          enum status status)
{
    bool more = list->full || json_count(list->items) == list->page.limit ||
                list->walked == REST_WALK_MAX;
    call->result = json_new_object();
    json_put(call->result, "items", list->items);
    json_put(call->result, "next", more ? json_new_number(list->last) : json_new_null());
    return list->full ? OK : status;
}
