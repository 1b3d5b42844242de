// SPDX-License-Identifier: GPL-3.0-or-later
/* people.h - what the resources of people who log in share. Only for session.c, link.c, own.c,
 * factor.c, passkey.c, sign_up.c, move.c and export.c. */
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
/* Other sessions of the actor's account end, and his own gets another cookie; the result is that
 * session. Within a transaction. */
MUST_CHECK enum status rest_renew_session(struct rest_call *call, struct error *err);

/* Room for what a browser says that a passkey has answered. */
struct passkey_answer {
    uint8_t credential[PASSKEY_ID_MAX], handle[WEBAUTHN_HANDLE_SIZE];
    uint8_t client[WEBAUTHN_CLIENT_MAX], data[WEBAUTHN_DATA_MAX];
    uint8_t signature[WEBAUTHN_SIGNATURE_MAX];
    struct people_passkey passkey; /* points into the others */
};
/* Reads the member "passkey", an AuthenticationResponseJSON; *given: it is there. ERR_SYNTAX,
 * ERR_LIMIT. */
MUST_CHECK enum status rest_passkey_read(const struct json *body,
                                         struct passkey_answer *out, bool *given,
                                         struct error *err);
struct json *rest_passkey_json(const struct passkey_row *row);
/* A people_done_fn for a job: its reply is the session, and maybe a cookie. */
void rest_people_done(void *ctx, const struct people_outcome *outcome);
/* Of a session of NULL it tells that there is none. */
struct json *rest_own_session_json(const struct rest_call *call,
                                   const struct account_row *account,
                                   const struct session_row *session);
