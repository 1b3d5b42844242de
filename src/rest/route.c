// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/route.h"

#include "base/buf.h"
#include "rest/resource.h"

static const struct rest_route routes[] = {
    { "GET", "/status", .read = rest_status, .after_failure = true },
    { "POST", "/backups", .start = rest_backup },
    { "GET", "/accounts", .read = rest_account_list },
    { "GET", "/accounts/", .read = rest_account_show },
    { "POST", "/accounts", .write = rest_account_add },
    { "PATCH", "/accounts/", .write = rest_account_set },
    { "DELETE", "/accounts/", .write = rest_account_remove },
    { "GET", "/zones", .read = rest_zone_list },
    { "GET", "/zones/", .read = rest_zone_show },
    { "POST", "/zones", .write = rest_zone_add },
    { "PATCH", "/zones/", .write = rest_zone_set },
    { "DELETE", "/zones/", .write = rest_zone_remove },
    { "GET", "/delegations/", .read = rest_zone_delegation },
    { "GET", "/hosts", .read = rest_host_list },
    { "GET", "/hosts/", .read = rest_host_show },
    { "POST", "/hosts", .write = rest_host_add },
    { "PATCH", "/hosts/", .write = rest_host_set },
    { "DELETE", "/hosts/", .write = rest_host_remove },
    { "GET", "/host-logs/", .read = rest_host_log },
    { "GET", "/host-requests/", .read = rest_host_requests },
    { "GET", "/records", .read = rest_record_list },
    { "POST", "/records", .write = rest_record_add },
    { "DELETE", "/records/", .write = rest_record_remove },
    { "GET", "/tokens", .read = rest_token_list },
    { "GET", "/tokens/", .read = rest_token_show },
    { "POST", "/tokens", .write = rest_token_add },
    { "PATCH", "/tokens/", .write = rest_token_set },
    { "DELETE", "/tokens/", .write = rest_token_remove },
    { "POST", "/batch", .write = rest_batch },
};

/* The query reader decodes %xx. */
enum status rest_arg_decode(struct str raw, struct arena *arena, struct str *out,
                            struct error *err)
{
    struct http_param piece[HTTP_PARAMS_MAX];
    size_t count = 0;
    if (http_query_parse(raw, arena, piece, &count) || count != 1 || piece[0].has_value)
        return FAIL(err, ERR_SYNTAX, "path: bad last piece");
    *out = piece[0].name;
    return OK;
}

static bool has_path(const struct rest_route *route, struct str path)
{
    struct str pattern = str_from(route->path);
    return str_ends(pattern, STR("/")) ? path.n > pattern.n && str_starts(path, pattern)
                                       : str_equal(path, pattern);
}

const struct rest_route *rest_route_find(struct str method, struct str path,
                                         struct str *raw_arg, struct buf *allow)
{
    for (size_t i = 0; i < LENGTH_OF(routes); i++) {
        if (!has_path(&routes[i], path))
            continue;
        if (str_equal(method, str_from(routes[i].method))) {
            *raw_arg = str_from_at(path, str_from(routes[i].path).n);
            return &routes[i];
        }
        buf_printf(allow, "%s%s", allow->n ? ", " : "", routes[i].method);
    }
    return NULL;
}
