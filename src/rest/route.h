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
    /* Who owns what the path names, or has a role in its zone (account/zone_role.h). */
    NEED_OWN_ACCOUNT,
    NEED_LOOK_AT_ZONE,
    NEED_SET_ZONE,
    NEED_OWN_ZONE,
    NEED_JUDGE_HOST, /* its owner, and who looks after its zone */
    NEED_OWN_HOST,
    NEED_OWN_TOKEN,
    NEED_OWN_RECORD,
    NEED_OWN_SESSION,
    NEED_MEMBER,  /* the member itself, and who looks after the zone */
    NEED_REQUEST, /* who has to do with it; the rules of change/ judge what it does */
    /* Who looks after the zone that what the path names lies in. */
    NEED_OWN_RESERVED,
    NEED_OWN_QUARANTINE,
};
enum {
    NEED_LAST = NEED_OWN_QUARANTINE
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
    bool defers;      /* what comes of it is not told, or later: its result is nothing */
    bool needs_fresh; /* of a session: rest_need_fresh() */
    /* For the document that describes the API (openapi.h). */
    const char *about; /* what it does: "lists the hosts" */
    const struct shape
        *shape; /* of the resource; NULL: the objects are of their own kind */
    struct json *(*describe)(void); /* the schema of a reply that has no shape */
    const struct shape *asks;       /* of the request's body; NULL: it is the resource */
    bool lists;                     /* its result is a list of the resource */
    bool streams;                   /* events follow in place of a result */
    const char *const
        *filters; /* parameters of the query; ends with NULL; NULL: it has none */
};

extern const struct rest_route rest_routes[];
extern const size_t rest_route_count;

/* The route, and its last piece as it is in the path. NULL: there is none; then *allow gets
 * the methods that the path knows, if any. */
const struct rest_route *rest_route_find(struct str method, struct str path,
                                         struct str *raw_arg, struct buf *allow);
/* Whether the route changes nothing: its method is GET. */
bool rest_route_reads(const struct rest_route *route);
/* Whether the route is for strangers too. */
bool rest_route_is_open(struct str method, struct str path);
/* The last piece with %xx decoded, in the arena. ERR_SYNTAX. */
MUST_CHECK enum status rest_arg_decode(struct str raw, struct arena *arena,
                                       struct str *out, struct error *err);
