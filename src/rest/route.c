// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/route.h"

#include "base/buf.h"
#include "rest/resource.h"

/* Lists have what the actor owns, and for operators everything. A zone is made by them alone, as nothing asks yet
 * whether who wants it has the name. */
const struct rest_route rest_routes[] = {
    { "GET", "/status", NEED_OPERATOR, .read = rest_status, .after_failure = true },
    { "POST", "/backups", NEED_OPERATOR, .start = rest_backup },
    { "GET", "/accounts", NEED_OPERATOR, .read = rest_account_list },
    { "GET", "/accounts/", NEED_OWN_ACCOUNT, .read = rest_account_show },
    { "POST", "/accounts", NEED_OPERATOR, .write = rest_account_add, .makes = true },
    { "PATCH", "/accounts/", NEED_OWN_ACCOUNT, .write = rest_account_set },
    { "DELETE", "/accounts/", NEED_OWN_ACCOUNT, .write = rest_account_remove },
    { "GET", "/zones", NEED_ACCOUNT, .read = rest_zone_list },
    { "GET", "/zones/", NEED_OWN_ZONE, .read = rest_zone_show },
    { "POST", "/zones", NEED_OPERATOR, .write = rest_zone_add, .makes = true },
    { "PATCH", "/zones/", NEED_OWN_ZONE, .write = rest_zone_set },
    { "DELETE", "/zones/", NEED_OWN_ZONE, .write = rest_zone_remove },
    { "GET", "/delegations/", NEED_OWN_ZONE, .read = rest_zone_delegation },
    { "GET", "/hosts", NEED_ACCOUNT, .read = rest_host_list },
    { "GET", "/hosts/", NEED_OWN_HOST, .read = rest_host_show },
    { "POST", "/hosts", NEED_ACCOUNT, .write = rest_host_add, .makes = true },
    { "PATCH", "/hosts/", NEED_OWN_HOST, .write = rest_host_set },
    { "DELETE", "/hosts/", NEED_OWN_HOST, .write = rest_host_remove },
    { "GET", "/host-logs/", NEED_OWN_HOST, .read = rest_host_log },
    { "GET", "/host-requests/", NEED_OWN_HOST, .read = rest_host_requests },
    { "GET", "/records", NEED_ACCOUNT, .read = rest_record_list },
    { "POST", "/records", NEED_ACCOUNT, .write = rest_record_add, .makes = true },
    { "DELETE", "/records/", NEED_OWN_RECORD, .write = rest_record_remove },
    { "GET", "/tokens", NEED_ACCOUNT, .read = rest_token_list },
    { "GET", "/tokens/", NEED_OWN_TOKEN, .read = rest_token_show },
    { "POST", "/tokens", NEED_ACCOUNT, .write = rest_token_add, .makes = true },
    { "PATCH", "/tokens/", NEED_OWN_TOKEN, .write = rest_token_set },
    { "DELETE", "/tokens/", NEED_OWN_TOKEN, .write = rest_token_remove },
    { "POST", "/batch", NEED_ACCOUNT, .write = rest_batch }, /* and each call its own */
};
const size_t rest_route_count = LENGTH_OF(rest_routes);

/* The query reader decodes %xx. */
enum status rest_arg_decode(struct str raw, struct arena *arena, struct str *out,
                            struct error *err)
{
    struct http_param piece[HTTP_PARAMS_MAX];
    size_t count = 0;
    if (http_query_parse(raw, arena, piece, &count) || count != 1 || piece[0].has_value)
        return FAIL(err, ERR_SYNTAX, "bad last piece of the path");
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
    for (size_t i = 0; i < rest_route_count; i++) {
        if (!has_path(&rest_routes[i], path))
            continue;
        if (str_equal(method, str_from(rest_routes[i].method))) {
            *raw_arg = str_from_at(path, str_from(rest_routes[i].path).n);
            return &rest_routes[i];
        }
        buf_printf(allow, "%s%s", allow->n ? ", " : "", rest_routes[i].method);
    }
    return NULL;
}
