// SPDX-License-Identifier: GPL-3.0-or-later
/* message.h - a request and its reply as one JSON text each, for the local socket.
 *
 * The request is {"method", "path", "body"}, where the path may have a query, and the reply is
 * {"status", "body"}. The body of a reply to a request that failed is {"error": "..."}; with
 * status 405 a reply also has the member allow. */
#pragma once

#include "rest/rest.h"

/* Lent for the call. */
typedef void (*rest_text_fn)(void *ctx, struct str reply);
/* One request, for `actor`. `reply` is called exactly once, now or later. */
void rest_ask_text(struct rest *rest, const struct actor *actor, struct str request,
                   rest_text_fn reply, void *ctx);
