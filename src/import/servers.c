// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/servers.h"

#include "base/json.h"

enum {
    GIVEN_TEXT_SIZE = 1024
};

enum status given_servers_read(const struct json *list, struct given_servers *out,
                               struct error *err)
{
    *out = (struct given_servers){ .count = 0 };
    if (json_count(list) > NAME_SERVERS_MAX)
        return FAIL(err, ERR_LIMIT, "--ns: more than %d", NAME_SERVERS_MAX);
    for (size_t i = 0; i < json_count(list); i++) {
        struct given_server *given = &out->items[i];
        struct str text = STR("");
        (void)json_as_text(json_item(list, i), &text);
        size_t equals = str_find(text, '=');
        if (text.n > GIVEN_TEXT_SIZE)
            return FAIL(err, ERR_LIMIT, "--ns: a text of %zu bytes is too long", text.n);
        enum status status = name_parse(str_first(text, equals), &given->name, err);
        if (status) {
            error_prefix(err, "--ns");
            return status;
        }
        given->addresses = str_from_at(text, equals + 1);
        out->count++;
    }
    return OK;
}

static void append_given(struct json *list, struct given_server *given,
                         const struct name *zone)
{
    char storage[NAME_TEXT_SIZE + GIVEN_TEXT_SIZE + 2];
    struct buf text = BUF_ON(storage);
    name_format(&given->name, &text);
    /* One server may serve many zones. Only the zone that its name is in has its address. */
    if (given->addresses.n && name_is_within(&given->name, zone)) {
        buf_put_text(&text, "=");
        buf_put(&text, given->addresses);
    }
    given->used = true;
    json_append(list, json_new_string(buf_str(&text)));
}

static void append_planned(struct json *list, const struct plan_server *server)
{
    char storage[NAME_TEXT_SIZE + PLAN_GLUE_MAX * IP_TEXT_SIZE + 16];
    struct buf text = BUF_ON(storage);
    name_format(&server->name, &text);
    for (size_t i = 0; i < server->count; i++) {
        buf_put_text(&text, i ? "," : "=");
        ip_format(server->addresses[i], &text);
    }
    json_append(list, json_new_string(buf_str(&text)));
}

/* The given server that has the address of this one, or NULL. */
static struct given_server *find_address(struct given_servers *given,
                                         const struct name *server)
{
    for (size_t i = 0; i < given->count; i++)
        if (name_equal(&given->items[i].name, server))
            return &given->items[i];
    return NULL;
}

struct json *given_servers_for(struct given_servers *given, const struct plan_zone *zone)
{
    if (zone->server_count == 0 && given->count == 0)
        return NULL;
    struct json *list = json_new_array();
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct plan_server *server = &zone->servers[i];
        struct given_server *more =
            server->count ? NULL : find_address(given, &server->name);
        if (more)
            append_given(list, more, &zone->name);
        else
            append_planned(list, server);
    }
    for (size_t i = 0; i < given->count && zone->server_count == 0; i++)
        append_given(list, &given->items[i], &zone->name);
    return list;
}

void given_servers_remark_rest(const struct given_servers *given, struct plan *plan)
{
    for (size_t i = 0; i < given->count; i++)
        if (!given->items[i].used)
            plan_remark(plan, 0,
                        "--ns %s: was not needed, as the file names the name servers",
                        name_text(&given->items[i].name));
}
