// SPDX-License-Identifier: GPL-3.0-or-later
/* api.h - requests in: what HTTP and the local socket ask of front.
 *
 * A path leads through one table of routes (routes.c) to a dialect of the update protocols
 * or to a fixed page; requests of rovectl lead through another (rest.c). Nothing here
 * touches DNS: what changes goes through change/. */
#pragma once

#include <stdbool.h>

#include "account/keys.h"
#include "api/wait.h"
#include "base/clock.h"
#include "base/throttle.h"
#include "change/change.h"
#include "http/server.h"

struct backups;
struct json;
struct ring;
struct update_told;

enum {
    API_DIALECTS = 8, /* room for enum dialect */
    API_CODES = 16,   /* and for enum update_code */
    API_STATUSES = 600
};

/* Since the start. */
struct api_counts {
    uint64_t updates[API_DIALECTS][API_CODES]; /* words told: one per host or per call */
    uint64_t replies[API_STATUSES];            /* by HTTP status; see api_replied() */
    uint64_t strangers_slowed; /* calls without a valid token that were told 911 */
    uint64_t hosts_slowed;     /* changes past a host's ceiling */
};

/* It stays where it is from api_init() to api_done(). */
struct api {
    /* Set before api_init(); all lent. */
    struct change *change;
    const struct keys *keys;
    const struct clock *clock;
    struct loop *loop;
    const char *database, *key_file; /* paths; for backups */
    size_t hosts_max;                /* hosts that one update may name */
    uint32_t changes_per_hour;       /* of one host, before it is slowed; 0: any number */
    const char
        *reserved; /* words that hosts may not have as names; NULL: the usual ones */
    bool log_requests;
    bool ready; /* false: updates get 503 and 911 */
    /* For rovectl status: adds what front knows of itself. May be NULL. */
    void (*describe)(void *ctx, struct json *status);
    /* For the metrics: appends those of other roles. May be NULL. */
    void (*measure)(void *ctx, struct buf *page);
    void *ctx;
    const struct http_server *http; /* for the metrics; may be NULL, and set later */

    /* Its own. */
    struct ring *ring;
    struct backups *backups;
    struct throttle *strangers;      /* bad credentials, by source */
    struct bucket_rule host_changes; /* of one host; the bucket stands with the host */
    struct waits waits;
    struct api_counts counts;
    int64_t started_ms;
    const struct update_told *told; /* while an update's reply is written */
};

void api_init(struct api *api);
/* Other limits than those of api_init(), from now on. */
void api_limit(struct api *api, size_t hosts_max, uint32_t changes_per_hour);
/* Updates that still wait for the image are forgotten, not told: their exchanges go with
 * the server. */
void api_done(struct api *api);

/* Updates are taken: the tables are whole, and no commit has failed. */
bool api_is_ready(const struct api *api);
/* publish has told that the local image carries all up to `seq`. */
void api_applied(struct api *api, int64_t seq);

/* The handler for http_server_options; `ctx` is a struct api. */
void api_http(void *ctx, struct http_exchange *exchange);

/* What http_server_options.overdue is to be: 911, so that the device asks again. */
extern const struct http_response api_overdue;

/* A reply is about to go out: counts it and, when asked for, logs the request in one line
 * without query and credentials. `exchange` is NULL for a request that could not be read.
 * `ctx` is a struct api. */
void api_replied(void *ctx, const struct http_exchange *exchange, int status);

/* One request of an operator over the local socket: JSON {"method", "path", "body"}. `reply`
 * is called exactly once, now or later, with JSON {"status", "body"}. */
typedef void (*api_reply_fn)(void *ctx, struct str reply);
void api_local(struct api *api, struct str request, api_reply_fn reply, void *ctx);
