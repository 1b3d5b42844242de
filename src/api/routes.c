// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of routes: every path that HTTP answers stands here. */
#include "api/api.h"

#include "api/dyndns2.h"

static void reply_text(struct http_exchange *exchange, int status, const char *text)
{
    const struct http_response response = { .status = status, .body = str_from(text) };
    http_reply(exchange, &response);
}

/* The process is there and its loop turns. */
static void handle_health(struct api *api, struct http_exchange *exchange)
{
    (void)api;
    reply_text(exchange, 200, "ok\n");
}

/* Updates are taken. */
static void handle_ready(struct api *api, struct http_exchange *exchange)
{
    reply_text(exchange, api->ready ? 200 : 503, api->ready ? "ready\n" : "not ready\n");
}

enum {
    GET = 1,
    POST = 2
};

static const struct route {
    const char *path;
    unsigned methods; /* HEAD goes with GET */
    void (*handle)(struct api *api, struct http_exchange *exchange);
    const char *refusal; /* body for another method, in the dialect's words */
} routes[] = {
    { "/nic/update", GET | POST, dyndns2_handle, "badagent\n" },
    { "/healthz", GET, handle_health, "method not allowed\n" },
    { "/readyz", GET, handle_ready, "method not allowed\n" },
};

static unsigned method_of(struct str method)
{
    if (str_equal(method, STR("GET")) || str_equal(method, STR("HEAD")))
        return GET;
    return str_equal(method, STR("POST")) ? POST : 0;
}

static const struct route *find_route(struct str path)
{
    for (size_t i = 0; i < LENGTH_OF(routes); i++)
        if (str_equal(path, str_from(routes[i].path)))
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
    const struct http_head *head = http_request_head(exchange);
    const struct route *route = find_route(head->path);
    if (!route)
        reply_text(exchange, 404, "not found\n");
    else if (!(route->methods & method_of(head->method)))
        refuse_method(exchange, route);
    else
        route->handle(api, exchange);
}
