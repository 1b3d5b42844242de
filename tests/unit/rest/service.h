// SPDX-License-Identifier: GPL-3.0-or-later
/* service.h - the JSON interface without processes, on a database in a folder of its own. */
#pragma once

#include "base/buf.h"
#include "base/json.h"
#include "people/people.h"
#include "rest/rest.h"
#include "update/updates.h"

struct service {
    char folder[64], database[128];
    struct loop *loop;
    struct keys keys;
    struct change *change;
    struct people *people;
    bool commit_failed;
    struct actor actor; /* for whom is asked; at first the operator, at the machine */
    struct rest *rest;
    /* Where the caller has none of its own. */
    struct updates own_updates;
    struct rest own_rest;
};

/* Fills *updates and *rest, which the caller is to initialise. The operator allows private and
 * documentation addresses. */
void service_start(struct service *service, struct updates *updates, struct rest *rest);
/* Makes an account ops@example.org, and the zones dyn.example.org and other.example.org with a
 * name server each. */
void service_fill(struct service *service);
/* The last call, when the caller's are done. */
void service_remove(struct service *service);

/* Begins a session of the account, which is fresh for ever or not at all, and returns its actor. */
struct actor service_session(struct service *service, const char *email, bool fresh);
/* Ends what may still call the others. */
void service_stop(struct service *service);

/* All of it, where no other room takes part. */
void service_open(struct service *service);
void service_close(struct service *service);

/* One request; `body` is JSON text or NULL. Returns the reply, which the caller frees; the
 * status is in *status. */
struct json *service_call(struct service *service, const char *method, const char *path,
                          const char *body, int *status);
/* The same for the status alone. */
int service_status(struct service *service, const char *method, const char *path,
                   const char *body);
/* Makes a host (with members "..." added to its body) and a token for it, and copies the
 * secret. */
void service_make_host(struct service *service, const char *name, const char *more,
                       char secret[32]);
