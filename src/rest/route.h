// SPDX-License-Identifier: GPL-3.0-or-later
/* route.h - the table of routes: every method and path, and the function behind it. */
#pragma once

#include "rest/call.h"

struct rest_job;

typedef enum status (*rest_fn)(struct rest_call *call, struct error *err);
typedef void (*rest_start_fn)(struct rest_job *job);

struct rest_route {
    const char *method;
    const char *path; /* ends with '/' when a last piece follows */
    /* One of the three. */
    rest_fn read;        /* on the loop */
    rest_fn write;       /* on the writer thread */
    rest_start_fn start; /* on the loop; the job ends later, by rest_job_end() */
    bool after_failure;  /* also when a commit has failed */
};

/* The route, and its last piece as it is in the path. NULL: there is none; then *allow gets
 * the methods that the path knows, if any. */
const struct rest_route *rest_route_find(struct str method, struct str path,
                                         struct str *raw_arg, struct buf *allow);
/* The last piece with %xx decoded, in the arena. ERR_SYNTAX. */
MUST_CHECK enum status rest_arg_decode(struct str raw, struct arena *arena,
                                       struct str *out, struct error *err);
