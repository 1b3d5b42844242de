// SPDX-License-Identifier: GPL-3.0-or-later
/* v1.h - the resources of rest/ over HTTP, under /api/v1.
 *
 * They are there under the host of one origin, and under every other name there are none. A
 * program asks with a token for the API (RFC 6750), a page with the cookie of a session. What comes
 * from a page and changes something has to name the origin (RFC 6454) and, within a session, its
 * token against forged requests. Bodies are JSON. A request that fails gets a
 * problem (RFC 9457) that names the member of the body, or the parameter, that is wrong. No reply
 * may be kept, framed, or read by the scripts of another origin. */
#pragma once

#include "api/events.h"
#include "base/origin.h"
#include "base/throttle.h"
#include "http/server.h"
#include "rest/rest.h"

enum {
    V1_RATE_MAX = 1000,
    /* How many seconds' worth an account may ask at once. */
    V1_READS_BURST_S = 5,
    V1_WRITES_BURST_S = 10,
    /* How often one source may come with a token that is none. */
    V1_STRANGERS_EVERY_MS = 10000,
    V1_STRANGERS_BURST = 20
};

/* It stays where it is from v1_init() to v1_done(). */
struct v1 {
    /* Set before v1_init(); lent. */
    struct rest *rest;
    const char *origin; /* that origin_parse() takes; NULL or empty: there is no API */
    /* How often in a second one account may read and write, at most V1_RATE_MAX; 0: any. */
    uint32_t read_rate, write_rate;

    /* Its own. */
    struct origin web;
    struct api_events events;
    struct throttle *readers, *writers, *strangers;
    char *document; /* of openapi.json; made once, because anybody may ask for it */
};

void v1_init(struct v1 *v1);
void v1_done(struct v1 *v1);

/* Whether the path of a request, undecoded, is one of the API. */
bool v1_has(struct str path);
/* Answers a request to such a path. */
void v1_call(struct v1 *v1, struct http_exchange *exchange);
