// SPDX-License-Identifier: GPL-3.0-or-later
/* route.h - the table of routes: every method and path, and the function behind it. */
#pragma once

#include "rest/call.h"

struct rest_job;

/* Who may take a route. Operators may take every one, but for NEED_SESSION. */
enum rest_need {
    NEED_UNDECIDED, /* nobody may: a row of the table that does not say */
    NEED_ANYONE,    /* strangers too */
    NEED_OPERATOR,
    NEED_SESSION, /* a person that has logged in: no program, and nobody at the machine */
    NEED_ACCOUNT, /* any account; the rules of change/ judge what it asks for */
    NEED_SELF,    /* any account, for what is its own row */
    /* Who owns what the path names. */
    NEED_OWN_ACCOUNT,
    NEED_OWN_ZONE,
    NEED_OWN_HOST,
    NEED_OWN_TOKEN,
    NEED_OWN_RECORD,
    NEED_OWN_SESSION,
};
enum {
    NEED_LAST = NEED_OWN_SESSION
};

typedef enum status (*rest_fn)(struct rest_call *call, struct error *err);
typedef void (*rest_start_fn)(struct rest_job *job);

struct rest_route {
    const char *method;
    const char *path; /* ends with '/' when a last piece follows */
    enum rest_need need;
    /* One of the three. */
    rest_fn read;        /* on the loop */
    rest_fn write;       /* on the writer thread */
    rest_start_fn start; /* on the loop; the job ends later, by rest_job_end() */
    bool after_failure;  /* also when a commit has failed */
    bool makes;          /* its result is what it has made */
    bool needs_fresh;    /* of a session: rest_need_fresh() */
    /* For the document that describes the API (openapi.h). */
    const char *about; /* what it does: "lists the hosts" */
    const struct shape
        *shape; /* of the resource; NULL: the objects are of their own kind */
    struct json *(*describe)(void); /* the schema of a reply that has no shape */
    const struct shape *asks;       /* of the request's body; NULL: it is the resource */
    bool lists;                     /* its result is a list of the resource */
    const char *const
        *filters; /* parameters of a list; ends with NULL; NULL: it has none */
};

extern const struct rest_route rest_routes[];
extern const size_t rest_route_count;

/* The route, and its last piece as it is in the path. NULL: there is none; then *allow gets
 * the methods that the path knows, if any. */
const struct rest_route *rest_route_find(struct str method, struct str path,
                                         struct str *raw_arg, struct buf *allow);
/* Whether the route is for strangers too. */
bool rest_route_is_open(struct str method, struct str path);
/* Whether it changes nothing. */
bool rest_route_reads(const struct rest_route *route);
/* The last piece with %xx decoded, in the arena. ERR_SYNTAX. */
MUST_CHECK enum status rest_arg_decode(struct str raw, struct arena *arena,
                                       struct str *out, struct error *err);
