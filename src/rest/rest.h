// SPDX-License-Identifier: GPL-3.0-or-later
/* rest.h - the JSON interface: accounts, zones, hosts, records and tokens as resources.
 *
 * A request is the JSON {"method", "path", "body"}, its reply is {"status", "body"}. */
#pragma once

#include "account/actor.h"
#include "account/keys.h"
#include "base/clock.h"
#include "change/change.h"

struct backups;
struct json;
struct updates;

/* It stays where it is from rest_init() to rest_done(). */
struct rest {
    /* Set before rest_init(); all lent. */
    struct change *change;
    const struct keys *keys;
    const struct clock *clock;
    struct loop *loop;
    const char *database, *key_file; /* paths; for backups */
    /* Words that hosts may not have as names; NULL: the usual ones. */
    const char *reserved;
    const struct updates *updates; /* of which the operator sees the newest requests */
    /* Adds what front knows of itself to its status. May be NULL. */
    void (*describe)(void *ctx, struct json *status);
    void *ctx;

    /* Its own. */
    struct backups *backups;
};

void rest_init(struct rest *rest);
void rest_done(struct rest *rest);

/* One request, for `actor`. `reply` is called exactly once, now or later. */
typedef void (*rest_reply_fn)(void *ctx, struct str reply);
void rest_ask(struct rest *rest, const struct actor *actor, struct str request,
              rest_reply_fn reply, void *ctx);
