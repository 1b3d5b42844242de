// SPDX-License-Identifier: GPL-3.0-or-later
/* call.h - one call of a resource: what it is given, and what the resources share.
 *
 * A call that writes runs on the writer thread inside a transaction and a savepoint of its
 * own. One that reads runs on the loop with the reading connection. Both see only what is in
 * their `struct rest_call`. */
#pragma once

#include "account/keys.h"
#include "account/secret.h"
#include "change/admin.h"
#include "change/admin_request.h"
#include "http/query.h"
#include "rest/field.h"
#include "rest/rest.h"

struct json;

struct rest_call {
    struct admin admin; /* its store: writing or reading, as the route says */
    const struct keys *keys;
    /* NULL for a route that writes: it is the loop's. */
    const struct rest *rest;
    bool is_tls_usual; /* as in struct updates; the writer reads it */
    struct str arg;    /* the path's last piece; empty where the route takes none */
    const struct http_param *params; /* of the query */
    size_t param_count;
    const struct json *body; /* an object; NULL: none came */
    int64_t version;         /* as in struct rest_request */
    bool is_stale;           /* out: the resource has another version */
    const char *origin;      /* as in struct rest; empty: none */
    const char *word;        /* out: as in struct rest_reply */
    int wait_s;              /* out: as there */
    int http_status; /* out: of a failure that has one of its own in HTTP; else 0 */
    enum rest_cookie cookie;       /* out */
    char secret[SECRET_TEXT_SIZE]; /* out: of COOKIE_BEGINS */
    bool keep;                     /* out */
    bool listens, listens_to_all;  /* out: as struct rest_listening */
    bool ends_account;             /* out: the end of an account has begun */
    /* Out: the reply as JSON text, in place of the result, which is a file for people to keep.
     * The job frees it. */
    char *text;
    struct json *result; /* out: the caller frees it; NULL: nothing to say */
};

/* The rank of the call's actor, for fields_read(). */
enum field_setter rest_setter(const struct rest_call *call);
/* The query's parameter of that name, or an empty str. */
struct str rest_param(const struct rest_call *call, const char *name);

/* ERR_DENIED, "fresh": the actor is a session whose password was given too long ago for what is
 * dangerous. */
MUST_CHECK enum status rest_need_fresh(struct rest_call *call, struct error *err);

/* The member as a list; *out is NULL when it is not there. ERR_SYNTAX: it is no list. */
MUST_CHECK enum status rest_member_list(const struct json *body, const char *key,
                                        const struct json **out, struct error *err);
/* The member owner, if it is there: an account's e-mail. With the member make_owner a missing
 * account is made. ERR_DENIED: it is not the actor's own, and only an operator names
 * another. */
MUST_CHECK enum status rest_member_owner(const struct rest_call *call, int64_t *owner_id,
                                         struct error *err);
/* Checks the member zone, if it is there: the zone that the caller expects the name in.
 * ERR_CONFLICT: the name is in another one. */
MUST_CHECK enum status rest_member_zone(const struct rest_call *call, int64_t zone_id,
                                        const struct name *name, struct error *err);
/* The member as addresses; *given tells whether it was there. */
MUST_CHECK enum status rest_member_addresses(const struct json *body, const char *key,
                                             struct addresses *out, bool *given,
                                             struct error *err);
/* A list of texts, the usual address of each family first. */
/* Puts `qr_path` and `qr_side`: the text as a QR code, for pages. */
void rest_put_qr(struct json *object, struct str text);
struct json *rest_addresses_json(const struct addresses *addresses);
/* Gives `status` back. For ERR_NOT_FOUND, `err` gets the words for a missing thing. */
enum status rest_missing(enum status status, const char *thing, struct str which,
                         struct error *err);

/* Rows by what people call them. ERR_NOT_FOUND and ERR_SYNTAX name the thing. */
MUST_CHECK enum status rest_find_account(const struct rest_call *call, struct str email,
                                         struct account_row *out, struct error *err);
MUST_CHECK enum status rest_find_zone(const struct rest_call *call, struct str name,
                                      struct zone_row *out, struct error *err);
MUST_CHECK enum status rest_find_host(const struct rest_call *call, struct str name,
                                      struct host_row *out, struct error *err);
/* One that a body names: for an actor that may not see it, it is not there. */
MUST_CHECK enum status rest_find_seen_host(const struct rest_call *call, struct str name,
                                           struct host_row *out, struct error *err);
MUST_CHECK enum status rest_find_token(const struct rest_call *call, struct str number,
                                       struct token_row *out, struct error *err);
MUST_CHECK enum status rest_find_session(const struct rest_call *call, struct str number,
                                         struct session_row *out, struct error *err);
MUST_CHECK enum status rest_find_member(const struct rest_call *call, struct str number,
                                        struct member_row *out, struct error *err);
/* Only one that has not expired. */
MUST_CHECK enum status rest_find_request(const struct rest_call *call, struct str number,
                                         struct request_row *out, struct error *err);
MUST_CHECK enum status rest_find_passkey(const struct rest_call *call, struct str number,
                                         struct passkey_row *out, struct error *err);
MUST_CHECK enum status rest_find_record(const struct rest_call *call, struct str number,
                                        struct record_row *out, struct error *err);
