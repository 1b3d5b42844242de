// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/health.h"

static void reply(struct http_exchange *exchange, int status, struct str text)
{
    const struct http_response response = { .status = status, .body = text };
    http_reply(exchange, &response);
}

void health_page(const struct updates *updates, struct http_exchange *exchange)
{
    (void)updates;
    reply(exchange, 200, STR("ok\n"));
}

void health_ready_page(const struct updates *updates, struct http_exchange *exchange)
{
    if (updates_are_ready(updates))
        reply(exchange, 200, STR("ready\n"));
    else
        reply(exchange, 503, STR("not ready\n"));
}
