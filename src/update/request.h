// SPDX-License-Identifier: GPL-3.0-or-later
/* request.h - what the dialects over HTTP share: reading a request once, the update that it asks
 * for, and the status of the reply. */
#pragma once

#include "http/query.h"
#include "http/server.h"
#include "update/target.h"
#include "update/updates.h"

struct update_request {
    struct http_exchange *exchange;
    const struct dialect *dialect; /* set once the route is known */
    struct target target;
    /* Of the query and of a form; valid after update_request_parse(). */
    struct http_param *params;
    size_t param_count;
    bool parsed;
    bool body_unread; /* there is a body that is no form */
    enum status parse_status;
};

/* An update that is under way. It lives as long as its exchange. */
struct update_call {
    struct http_exchange *exchange;
    struct update update;
};

void update_request_open(struct http_exchange *exchange, struct update_request *out);
/* Reads the parameters. Further calls give the same result. ERR_LIMIT: too many. */
enum status update_request_parse(struct update_request *request);
/* A parameter of that name came, with or without a value. */
bool update_request_has(struct update_request *request, const char *name);
/* The request asks for nothing: no body, no credentials, no parameter. A key without a value
 * counts only if it is a host, an address or a token: people add one to get past a cache. */
bool update_request_is_bare(struct update_request *request);
/* A parameter names a host or an address. */
bool update_request_names(struct update_request *request);

/* An update that asks for nothing yet: only its origin is filled in. */
struct update_call *update_call_new(const struct update_request *request);
/* Reads the update that the request asks for and runs it. `reply` gets the result, and as its
 * ctx the struct update_call, which it ends by update_call_reply(). A request that cannot be
 * read is refused here. */
void update_request_run(struct updates *updates, struct update_request *request,
                        update_done_fn reply);
/* Replies with the dialect's words in `body`, and with the status that HTTP has for `result`.
 * `type` NULL: plain text. */
void update_call_reply(const struct update_call *call, const struct update_result *result,
                       const char *type, struct str body);
/* Replies {"KEY": "VALUE"}, byte for byte as acme-dns does: some clients search the reply for parts
 * of it. `value` needs no escapes. */
void update_reply_pair(struct http_exchange *exchange, int status, const char *key,
                       struct str value);
