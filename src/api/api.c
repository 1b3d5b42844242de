// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/api.h"

#include <string.h>

const struct http_response api_overdue = { .status = 503,
                                           .body = { "911\n", sizeof("911\n") - 1 } };

void api_init(struct api *api)
{
    updates_init(&api->updates);
    rest_init(&api->rest);
    api->v1.rest = &api->rest;
    v1_init(&api->v1);
    site_init(&api->site);
    api->updates.events = api->rest.events;
    api->updates.reported = api_events_report;
    api->updates.reported_ctx = &api->v1.events;
    memset(api->replies, 0, sizeof(api->replies));
    api->started_ms = clock_steady_ms(api->updates.clock);
}

void api_done(struct api *api)
{
    v1_done(&api->v1);
    rest_done(&api->rest);
    updates_done(&api->updates);
}
