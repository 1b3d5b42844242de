// SPDX-License-Identifier: GPL-3.0-or-later
/* api.h - where HTTP meets updates, and front's pages.
 *
 * A path leads through one table (routes.c) to a dialect of the update protocols or to a
 * page. */
#pragma once

#include "api/site.h"
#include "api/v1.h"
#include "http/server.h"
#include "rest/rest.h"
#include "update/updates.h"

enum {
    API_STATUSES = 600
};

/* It stays where it is from api_init() to api_done(). */
struct api {
    /* Set before api_init(), as their headers say. */
    struct updates updates;
    struct rest rest;
    struct v1 v1;      /* of which only the origin is set; its rest is the one above */
    struct site site;  /* likewise */
    bool log_requests; /* each request is one line of the log */
    /* The folder of challenge.h; empty: none. Lent. */
    const char *challenges;
    /* For the metrics: appends those of other roles. May be NULL. */
    void (*measure)(void *ctx, struct buf *page);
    void *ctx;
    const struct http_server *http; /* for the metrics; may be NULL, and set later */

    /* Its own. */
    uint64_t replies[API_STATUSES]; /* by HTTP status, since the start */
    int64_t started_ms;
};

void api_init(struct api *api);
void api_done(struct api *api);

/* The handler for http_server_options; `ctx` is a struct api. */
void api_http(void *ctx, struct http_exchange *exchange);

/* What http_server_options.overdue is to be: 911, so that the device asks again. */
extern const struct http_response api_overdue;

/* A reply is about to go out: counts it and, when asked for, logs the request in one line
 * without query and credentials. `exchange` is NULL for a request that could not be read.
 * `ctx` is a struct api. */
void api_replied(void *ctx, const struct http_exchange *exchange, int status);
