// SPDX-License-Identifier: GPL-3.0-or-later
/* people.h - what the resources of people who log in share. Only for session.c, link.c, own.c,
 * factor.c, sign_up.c and move.c. */
#pragma once

#include "people/people.h"
#include "rest/job.h"
#include "rest/list.h"
#include "rest/resource.h"

/* Reads the body into the row. ERR_NOT_FOUND: nobody can log in here. */
MUST_CHECK enum status rest_people_read(const struct rest_call *call,
                                        const struct shape *shape, void *row,
                                        struct error *err);
/* Who asks; lent with the call. */
struct people_from rest_people_from(const struct rest_call *call);
/* A people_done_fn for a job: its reply is the session, and maybe a cookie. */
void rest_people_done(void *ctx, const struct people_outcome *outcome);
/* Of a session of NULL it tells that there is none. */
struct json *rest_own_session_json(const struct rest_call *call,
                                   const struct account_row *account,
                                   const struct session_row *session);
