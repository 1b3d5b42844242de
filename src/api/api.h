// SPDX-License-Identifier: GPL-3.0-or-later
/* api.h - requests in: what HTTP and the local socket ask of front.
 *
 * A path leads through one table of routes (routes.c) to a dialect of the update protocols
 * or to a fixed page; requests of rovectl lead through another (rest.c). Nothing here
 * touches DNS: what changes goes through change/. */
#pragma once

#include <stdbool.h>

#include "account/keys.h"
#include "base/clock.h"
#include "change/change.h"
#include "http/server.h"

struct json;

struct api {
    struct change *change;
    const struct keys *keys;
    const struct clock *clock;
    size_t hosts_max; /* hosts that one update may name */
    bool ready;       /* false: updates get 503 and 911 */
    /* For rovectl status: adds what front knows of itself. May be NULL. */
    void (*describe)(void *ctx, struct json *status);
    void *ctx;
};

/* The handler for http_server_options; `ctx` is a struct api. */
void api_http(void *ctx, struct http_exchange *exchange);

/* One request of an operator over the local socket: JSON {"method", "path", "body"}. `reply`
 * is called exactly once, now or later, with JSON {"status", "body"}. */
typedef void (*api_reply_fn)(void *ctx, struct str reply);
void api_local(struct api *api, struct str request, api_reply_fn reply, void *ctx);
