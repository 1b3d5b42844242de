// SPDX-License-Identifier: GPL-3.0-or-later
/* world.h - a front without processes: database in a folder of its own, change/, api/, and
 * HTTP over a socket pair. */
#pragma once

#include "api/api.h"
#include "base/buf.h"
#include "base/json.h"

struct world {
    char folder[64];
    struct loop *loop;
    struct keys keys;
    struct change *change;
    struct http_server *http;
    struct api api;
    struct clock_manual clock;
    bool commit_failed;
    char reply[262144]; /* of the last call */
    size_t reply_n;
};

/* An account ops@example.org, zones dyn.example.org and other.example.org with a name server
 * each. The operator allows private and documentation addresses. */
void world_open(struct world *world);
void world_close(struct world *world);

/* Sends bytes on a new connection from `source`, runs the loop until the reply is whole or
 * the connection ends, and returns the whole reply as text. */
const char *world_http(struct world *world, const char *source, const char *request);
/* The payload of Basic credentials: of this user, and of any with this password. */
void world_basic_of(const char *user, const char *secret, char out[512]);
void world_basic(const char *secret, char out[512]);
/* The same with Basic credentials, a GET of `target` and the source 198.51.100.20; returns
 * the body alone. The status is in *status (may be NULL). */
const char *world_get(struct world *world, const char *target, const char *secret,
                      int *status);

/* One request of the local interface; `body` is JSON text or NULL. Returns the reply, which
 * the caller frees; the status is in *status. */
struct json *world_call(struct world *world, const char *method, const char *path,
                        const char *body, int *status);
/* Makes a host (with members "..." added to its body) and a token for it, and copies the
 * secret. */
void world_make_host(struct world *world, const char *name, const char *more,
                     char secret[32]);
