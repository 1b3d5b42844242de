// SPDX-License-Identifier: GPL-3.0-or-later
/* admin_request.h - what needs somebody's consent: to be a member of a zone, and to take a host.
 *
 * As in admin.h, each call runs within a job's transaction. A request says what somebody wants, not
 * what it may: all rights are judged when it is accepted. Of several that accept, decline or
 * withdraw a request, the first one decides; the others find none. */
#pragma once

#include "change/admin.h"

enum {
    REQUEST_S = 14 * 86400,    /* how long it is open */
    REQUESTS_PER_ACCOUNT = 20, /* open ones that it has made */
    REQUESTS_PER_ZONE = 1000,  /* open ones to join it, and to invite somebody */
    REQUESTS_MAILED = 10 /* beyond so many of a zone nobody gets a mail of one more */
};

/* What the actor has to do with a request. */
enum request_side {
    REQUEST_OF_OTHERS, /* nothing: as if it were not there */
    REQUEST_MADE,      /* it may withdraw it */
    REQUEST_ASKED,     /* it may accept or decline it */
    REQUEST_LOOKED_AT /* it looks after the zone that somebody is invited to: it may withdraw it.
                          Operators accept and remove any. */
};
MUST_CHECK enum status admin_request_side(const struct admin *admin,
                                          const struct request_row *row,
                                          enum request_side *out, struct error *err);
/* Among those that have not expired. ERR_NOT_FOUND. */
MUST_CHECK enum status admin_request_find(const struct admin *admin, int64_t id,
                                          struct request_row *out, struct error *err);

/* Takes kind, zone or host, role, address and message. ERR_NOT_FOUND: the actor may not see the zone
 * or host, or the zone lets nobody ask. ERR_DENIED: the actor may not give that. ERR_EXISTS: there
 * is one already, or nothing to ask for. ERR_CONFLICT, ERR_LIMIT, ERR_SYNTAX. *is_stranger: nobody
 * was told, as no account has the address; the caller must not tell the actor. */
MUST_CHECK enum status admin_request_add(const struct admin *admin,
                                         struct request_row *row, bool *is_stranger,
                                         struct error *err);
/* ERR_DENIED: the actor is not the one that is asked, or the zone takes no hosts of it.
 * ERR_CONFLICT: who asked may not give it any more, or something else stands against it. */
MUST_CHECK enum status admin_request_accept(const struct admin *admin, int64_t id,
                                            struct error *err);
/* Withdraws or declines it. */
MUST_CHECK enum status admin_request_remove(const struct admin *admin, int64_t id,
                                            struct error *err);
