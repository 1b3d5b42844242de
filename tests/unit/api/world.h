// SPDX-License-Identifier: GPL-3.0-or-later
/* world.h - a front without processes: the service, api/, and HTTP over a socket pair. */
#pragma once

#include "api/api.h"
#include "rest/service.h"

struct world {
    struct service service;
    struct loop *loop;     /* the service's */
    struct change *change; /* the same */
    struct http_server *http;
    struct api api;
    struct clock_manual clock;
    char reply[262144]; /* of the last call */
    size_t reply_n;
};

/* With what service_fill() makes. */
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
