// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/name_server.h"

#include <string.h>

#include "base/json.h"
#include "rest/call.h"

static enum status add_address(struct name_server *server, struct str text,
                               struct error *err)
{
    if (server->count == GLUE_MAX)
        return FAIL(err, ERR_LIMIT, "name server %s: more than %d addresses",
                    name_text(&server->name), GLUE_MAX);
    if (ip_parse(text, &server->addresses[server->count]))
        return FAIL(err, ERR_SYNTAX, "name server %s: '" STR_FMT "' is no address",
                    name_text(&server->name), STR_ARG(text));
    server->count++;
    return OK;
}

/* A name server inside the zone needs its addresses here, one outside must have none. */
static enum status check_glue(const struct name *zone, const struct name_server *server,
                              struct error *err)
{
    const char *name = name_text(&server->name);
    bool inside = name_is_within(&server->name, zone);
    if (inside && server->count == 0)
        return FAIL(err, ERR_SYNTAX,
                    "name server %s lies in the zone and needs its address: %s=ADDRESS",
                    name, name);
    if (!inside && server->count > 0)
        return FAIL(err, ERR_SYNTAX, "name server %s is not in the zone: give no address",
                    name);
    return OK;
}

static enum status parse_one(struct str text, const struct name *zone,
                             struct name_server *out, struct error *err)
{
    size_t equals = str_find(text, '=');
    out->count = 0;
    enum status status = name_parse(str_first(text, equals), &out->name, err);
    if (status) {
        error_prefix(err, "name_servers");
        return status;
    }
    for (struct str left = str_from_at(text, equals + 1), piece;
         str_next(&left, ',', &piece);) {
        status = add_address(out, piece, err);
        if (status)
            return status;
    }
    return check_glue(zone, out, err);
}

enum status name_servers_read(const struct json *body, const struct name *zone,
                              struct name_servers *out, struct error *err)
{
    const struct json *list = NULL;
    *out = (struct name_servers){ .count = 0 };
    enum status status = rest_member_list(body, "name_servers", &list, err);
    if (status)
        return status;
    if (list && json_count(list) == 0)
        return FAIL(err, ERR_SYNTAX, "name_servers: at least one is needed");
    if (json_count(list) > NAME_SERVERS_MAX)
        return FAIL(err, ERR_LIMIT, "name_servers: more than %d", NAME_SERVERS_MAX);
    for (size_t i = 0; i < json_count(list); i++) {
        struct str text;
        if (!json_as_text(json_item(list, i), &text))
            return FAIL(err, ERR_SYNTAX, "name_servers: must be a list of texts");
        status = parse_one(text, zone, &out->items[out->count++], err);
        if (status)
            return status;
    }
    return OK;
}

struct loading {
    const struct name *apex;
    struct name_servers *out;
};

static enum status collect_name(void *ctx, const struct record_row *row)
{
    const struct loading *loading = (const struct loading *)ctx;
    struct name_servers *servers = loading->out;
    if (row->type != RR_NS || row->wildcard || !name_equal(&row->owner, loading->apex) ||
        servers->count == NAME_SERVERS_MAX)
        return OK;
    struct name_server *server = &servers->items[servers->count];
    server->count = 0;
    if (!name_decode(str_bytes(row->rdata, row->rdata_n), &server->name))
        servers->count++;
    return OK;
}

static struct name_server *find_server(struct name_servers *servers,
                                       const struct name *name)
{
    for (size_t i = 0; i < servers->count; i++)
        if (name_equal(&servers->items[i].name, name))
            return &servers->items[i];
    return NULL;
}

static enum status collect_address(void *ctx, const struct record_row *row)
{
    struct name_servers *servers = (struct name_servers *)ctx;
    if ((row->type != RR_A && row->type != RR_AAAA) || row->host_id || row->wildcard)
        return OK;
    struct name_server *server = find_server(servers, &row->owner);
    if (!server || server->count == GLUE_MAX)
        return OK;
    if (!ip_from_bytes(str_bytes(row->rdata, row->rdata_n),
                       &server->addresses[server->count])) {
        server->count++;
        servers->glue_ids[servers->glue_count++] = row->id;
    }
    return OK;
}

enum status name_servers_load(struct store *store, const struct zone_row *zone,
                              struct name_servers *out, struct error *err)
{
    struct loading loading = { .apex = &zone->name, .out = out };
    out->count = 0;
    out->glue_count = 0;
    enum status status =
        store_record_list_name(store, zone->id, &zone->name, collect_name, &loading, err);
    for (size_t i = 0; i < out->count && !status; i++)
        if (name_is_within(&out->items[i].name, &zone->name))
            status = store_record_list_name(store, zone->id, &out->items[i].name,
                                            collect_address, out, err);
    return status;
}

/* A host's own addresses would be mixed with the name server's. */
static enum status check_no_host(struct store *store, const struct name *name,
                                 struct error *err)
{
    struct host_row host;
    enum status status = store_host_find_name(store, name, &host, err);
    if (status == ERR_NOT_FOUND)
        return OK;
    if (status)
        return status;
    return FAIL(err, ERR_CONFLICT, "name server %s: a host has this name",
                name_text(name));
}

static enum status put_address(struct store *store, const struct zone_row *zone,
                               const struct name *owner, struct ip ip, struct error *err)
{
    struct record_row row = {
        .zone_id = zone->id,
        .owner = *owner,
        .type = ip.family == IP_V4 ? RR_A : RR_AAAA,
        .ttl_s = zone->ns_ttl_s,
    };
    struct str bytes = ip_bytes(&ip);
    memcpy(row.rdata, bytes.at, bytes.n);
    row.rdata_n = bytes.n;
    return store_record_insert(store, &row, err);
}

enum status name_servers_put_glue(struct store *store, const struct zone_row *zone,
                                  const struct name_servers *servers, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < servers->count && !status; i++) {
        const struct name_server *server = &servers->items[i];
        if (server->count)
            status = check_no_host(store, &server->name, err);
        for (size_t j = 0; j < server->count && !status; j++)
            status = put_address(store, zone, &server->name, server->addresses[j], err);
    }
    return status;
}

enum status name_servers_remove_glue(struct store *store, const struct zone_row *zone,
                                     struct error *err)
{
    struct name_servers present;
    enum status status = name_servers_load(store, zone, &present, err);
    for (size_t i = 0; i < present.glue_count && !status; i++)
        status = store_record_remove(store, present.glue_ids[i], err);
    return status;
}
