// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of routes: every path that HTTP answers stands here, but for those of the API, which
 * are in rest/route.c. */
#include "api/api.h"

#include "api/challenge.h"
#include "api/health.h"
#include "api/unsubscribe.h"
#include "update/acmedns.h"
#include "update/checkip.h"
#include "update/dyndns1.h"
#include "update/dyndns2.h"
#include "update/httpreq.h"
#include "update/request.h"

static bool has_hostname(struct update_request *request)
{
    return update_request_has(request, "hostname");
}

static bool has_action(struct update_request *request)
{
    return update_request_has(request, "action");
}

/* There are services without a path: a client that says anything to one asks for an
 * update, and must not take a page for its success. */
static bool says_something(struct update_request *request)
{
    return !update_request_is_bare(request);
}

static void show_challenge(const struct api *api, struct http_exchange *exchange,
                           struct str rest)
{
    challenge_page(api->challenges, rest, exchange);
}

static const struct route {
    /* As target.h spells it; of files, what all begin with. */
    const char *path;
    /* The row counts only for a request of which this is true: services share paths. NULL:
     * for all. */
    bool (*counts)(struct update_request *request);
    /* One of the three. HEAD goes with GET; a dialect also takes POST, or nothing else. */
    const struct dialect *dialect;
    bool post_only;
    void (*page)(const struct updates *updates, struct http_exchange *exchange);
    /* `rest` is what follows the path. */
    void (*file)(const struct api *api, struct http_exchange *exchange, struct str rest);
    bool takes_post; /* also what is no dialect */
    bool is_site;    /* under web.origin our pages stand there */
} routes[] = {
    { "/nic/update", .dialect = &dyndns2 },
    { "/v3/update", .dialect = &dyndns2 },
    { "/v2/update", .dialect = &dyndns2 },
    { "/update", acmedns_is_asked, .dialect = &acmedns },
    { "/update", has_hostname, .dialect = &dyndns2 },
    { "/register", .dialect = &acmedns, .post_only = true },
    { "/health", .page = acmedns_health },
    { "/httpreq/present", .dialect = &httpreq, .post_only = true },
    { "/httpreq/cleanup", .dialect = &httpreq, .post_only = true },
    { "/nic/dyndns", has_action, .dialect = &dyndns1 },
    { "/nic/dyndns", .dialect = &dyndns2 },
    { "/nic/statdns", has_action, .dialect = &dyndns1 },
    { "/nic/statdns", .dialect = &dyndns2 },
    { "/", says_something, .dialect = &dyndns2 },
    { "/", .page = checkip_page, .is_site = true },
    { "/index.html", update_request_names, .dialect = &dyndns2 },
    { "/index.html", .page = checkip_page, .is_site = true },
    { "/checkip", update_request_names, .dialect = &dyndns2 },
    { "/checkip", .page = checkip_page },
    { "/nic/checkip.html", update_request_names, .dialect = &dyndns2 },
    { "/nic/checkip.html", .page = checkip_page },
    { "/nic/checkip", update_request_names, .dialect = &dyndns2 },
    { "/nic/checkip", .page = checkip_plain },
    { "/myip", update_request_names, .dialect = &dyndns2 },
    { "/myip", .page = checkip_plain },
    { "/json", update_request_names, .dialect = &dyndns2 },
    { "/json", .page = checkip_json },
    { "/healthz", .page = health_page },
    { "/readyz", .page = health_ready_page },
    { "/.well-known/acme-challenge/", .file = show_challenge },
    { "/u/", .file = unsubscribe_page, .takes_post = true },
};

static bool is_at(struct str path, const struct route *route)
{
    struct str here = str_from(route->path);
    return route->file ? str_starts(path, here) : str_equal(path, here);
}

static bool takes_method(const struct route *route, struct str method)
{
    if (str_equal(method, STR("POST")))
        return route->dialect || route->takes_post;
    return !route->post_only &&
           (str_equal(method, STR("GET")) || str_equal(method, STR("HEAD")));
}

static const struct route *find_route(struct update_request *request)
{
    for (size_t i = 0; i < LENGTH_OF(routes); i++)
        if (is_at(request->target.path, &routes[i]) &&
            (!routes[i].counts || routes[i].counts(request)))
            return &routes[i];
    return NULL;
}

static void refuse_method(struct http_exchange *exchange, const struct route *route)
{
    const char *allow = route->post_only                      ? "Allow: POST"
                        : route->dialect || route->takes_post ? "Allow: GET, HEAD, POST"
                                                              : "Allow: GET, HEAD";
    const char *const fields[] = { allow, NULL };
    const char *body = route->dialect ? route->dialect->refusal : "method not allowed\n";
    const struct http_response response = {
        .status = 405, .body = str_from(body), .fields = fields, .close = true
    };
    http_reply(exchange, &response);
}

void api_http(void *ctx, struct http_exchange *exchange)
{
    static const struct http_response not_found = { .status = 404,
                                                    .body = { "not found\n", 10 } };
    struct api *api = (struct api *)ctx;
    struct update_request request;
    if (v1_has(http_request_head(exchange)->path)) {
        v1_call(&api->v1, exchange);
        return;
    }
    update_request_open(exchange, &request);
    const struct route *route = find_route(&request);
    if (!route || !route->dialect)
        http_reply_with(exchange, site_fields(&api->site, exchange));
    if ((!route || route->is_site) && site_is_here(&api->site, exchange)) {
        site_reply(&api->site, exchange, request.target.path);
    } else if (!route) {
        http_reply(exchange, &not_found);
    } else if (!takes_method(route, http_request_head(exchange)->method)) {
        refuse_method(exchange, route);
    } else if (route->page) {
        route->page(&api->updates, exchange);
    } else if (route->file) {
        route->file(api, exchange,
                    str_from_at(request.target.path, str_from(route->path).n));
    } else if (route->dialect) { /* the one kind that is left */
        request.dialect = route->dialect;
        route->dialect->handle(&api->updates, &request);
    }
}
