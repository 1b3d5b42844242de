// SPDX-License-Identifier: GPL-3.0-or-later
/* repeat.h - requests that come again: what has an Idempotency-Key is done once.
 *
 * The reply is remembered in the transaction of the change, so there is never one without the other.
 * It is sealed, since a secret that is shown once may be in it. What failed has changed nothing and
 * is not remembered: the same request tries anew. Nor is what sets a cookie. */
#pragma once

#include "rest/call.h"
#include "rest/route.h"

enum {
    REPEAT_KEY_MAX = 64,
    REPEAT_S = 86400,              /* how long a reply is remembered */
    REPEAT_COUNT = 1000,           /* of one account, */
    REPEAT_BYTES = 4 * 1024 * 1024 /* and so many bytes; the oldest go */
};

struct rest_repeat {
    bool is_on;            /* the request has a key */
    struct digest digest;  /* of who asks and the key */
    struct digest request; /* of everything else */
};

/* ERR_SYNTAX: the key is none, or not for this route. */
MUST_CHECK enum status rest_repeat_read(const struct keys *keys,
                                        const struct actor *actor,
                                        const struct rest_route *route,
                                        const struct rest_request *request,
                                        struct rest_repeat *out, struct error *err);

/* The keys whose requests are under way. */
struct rest_keys;
struct rest_keys *rest_keys_new(void);
void rest_keys_free(struct rest_keys *keys);
/* False: a request with this one is under way. */
bool rest_keys_take(struct rest_keys *keys, struct digest digest);
void rest_keys_give(struct rest_keys *keys, struct digest digest);

/* For the writer. *found: the call has the reply of before. ERR_CONFLICT with call->http_status: the
 * key was used for another request. */
MUST_CHECK enum status rest_repeat_find(struct rest_call *call,
                                        const struct rest_repeat *repeat, bool *found,
                                        struct error *err);
/* Remembers the call's result. */
MUST_CHECK enum status rest_repeat_keep(const struct rest_call *call,
                                        const struct rest_repeat *repeat,
                                        struct error *err);
