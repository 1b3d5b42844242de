// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of routes: every path that HTTP answers stands here. */
#include "api/api.h"

#include "update/checkip.h"
#include "update/dyndns1.h"
#include "update/dyndns2.h"

static void reply_text(struct http_exchange *exchange, int status, const char *text)
{
    const struct http_response response = { .status = status, .body = str_from(text) };
    http_reply(exchange, &response);
}

/* The process is there and its loop turns. */
static void handle_health(struct updates *updates, struct update_request *request)
{
    (void)updates;
    reply_text(request->exchange, 200, "ok\n");
}

/* Updates are taken. */
static void handle_ready(struct updates *updates, struct update_request *request)
{
    bool ready = updates_are_ready(updates);
    reply_text(request->exchange, ready ? 200 : 503, ready ? "ready\n" : "not ready\n");
}

enum {
    GET = 1,
    POST = 2
};

static bool has_hostname(struct update_request *request)
{
    return update_request_has(request, "hostname");
}

static bool has_action(struct update_request *request)
{
    return update_request_has(request, "action");
}

/* There are services without a path: whoever says anything to one asks for an update, and
 * must not take a page for its success. */
static bool says_something(struct update_request *request)
{
    return !update_request_is_bare(request);
}

static const struct route {
    const char *path; /* as target.h spells it */
    /* The row counts only for a request of which this is true: services share paths. NULL:
     * for all. */
    bool (*counts)(struct update_request *request);
    unsigned methods; /* HEAD goes with GET */
    update_handler handle;
    const char *refusal; /* body for another method, in the dialect's words */
} routes[] = {
    { "/nic/update", NULL, GET | POST, dyndns2_handle, "badagent\n" },
    { "/v3/update", NULL, GET | POST, dyndns2_handle, "badagent\n" },
    { "/v2/update", NULL, GET | POST, dyndns2_handle, "badagent\n" },
    { "/update", has_hostname, GET | POST, dyndns2_handle, "badagent\n" },
    { "/nic/dyndns", has_action, GET | POST, dyndns1_handle, "badagent\n" },
    { "/nic/dyndns", NULL, GET | POST, dyndns2_handle, "badagent\n" },
    { "/nic/statdns", has_action, GET | POST, dyndns1_handle, "badagent\n" },
    { "/nic/statdns", NULL, GET | POST, dyndns2_handle, "badagent\n" },
    { "/", says_something, GET | POST, dyndns2_handle, "badagent\n" },
    { "/", NULL, GET, checkip_page, "method not allowed\n" },
    { "/index.html", update_request_names, GET | POST, dyndns2_handle, "badagent\n" },
    { "/index.html", NULL, GET, checkip_page, "method not allowed\n" },
    { "/checkip", update_request_names, GET | POST, dyndns2_handle, "badagent\n" },
    { "/checkip", NULL, GET, checkip_page, "method not allowed\n" },
    { "/nic/checkip.html", update_request_names, GET | POST, dyndns2_handle,
      "badagent\n" },
    { "/nic/checkip.html", NULL, GET, checkip_page, "method not allowed\n" },
    { "/nic/checkip", update_request_names, GET | POST, dyndns2_handle, "badagent\n" },
    { "/nic/checkip", NULL, GET, checkip_plain, "method not allowed\n" },
    { "/myip", update_request_names, GET | POST, dyndns2_handle, "badagent\n" },
    { "/myip", NULL, GET, checkip_plain, "method not allowed\n" },
    { "/json", update_request_names, GET | POST, dyndns2_handle, "badagent\n" },
    { "/json", NULL, GET, checkip_json, "method not allowed\n" },
    { "/healthz", NULL, GET, handle_health, "method not allowed\n" },
    { "/readyz", NULL, GET, handle_ready, "method not allowed\n" },
};

static unsigned method_of(struct str method)
{
    if (str_equal(method, STR("GET")) || str_equal(method, STR("HEAD")))
        return GET;
    return str_equal(method, STR("POST")) ? POST : 0;
}

static const struct route *find_route(struct update_request *request)
{
    for (size_t i = 0; i < LENGTH_OF(routes); i++)
        if (str_equal(request->target.path, str_from(routes[i].path)) &&
            (!routes[i].counts || routes[i].counts(request)))
            return &routes[i];
    return NULL;
}

static void refuse_method(struct http_exchange *exchange, const struct route *route)
{
    const char *const fields[] = { route->methods & POST ? "Allow: GET, HEAD, POST"
                                                         : "Allow: GET, HEAD",
                                   NULL };
    const struct http_response response = {
        .status = 405, .body = str_from(route->refusal), .fields = fields, .close = true
    };
    http_reply(exchange, &response);
}

void api_http(void *ctx, struct http_exchange *exchange)
{
    struct api *api = (struct api *)ctx;
    struct update_request request;
    update_request_open(exchange, &request);
    const struct route *route = find_route(&request);
    if (!route)
        reply_text(exchange, 404, "not found\n");
    else if (!(route->methods & method_of(http_request_head(exchange)->method)))
        refuse_method(exchange, route);
    else
        route->handle(&api->updates, &request);
}
