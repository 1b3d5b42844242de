// SPDX-License-Identifier: GPL-3.0-or-later
/* request.h - what the dialects over HTTP share: a request read once, the update in it, and
 * the status of the reply. */
#pragma once

#include "api/target.h"
#include "api/update.h"
#include "http/query.h"

struct api_request {
    struct http_exchange *exchange;
    struct target target;
    /* Of the query and of a form; valid after api_request_parse(). */
    struct http_param *params;
    size_t param_count;
    bool parsed;
    bool body_unread; /* there is a body, and it is no form */
    enum status parse_status;
};

/* An update on its way; lives as long as the exchange. */
struct api_call {
    struct http_exchange *exchange;
    struct update update;
};

/* A handler of the table of routes; `request` lives during the call. */
typedef void (*api_handler)(struct api *api, struct api_request *request);

void api_request_open(struct http_exchange *exchange, struct api_request *out);
/* Reads the parameters; once, however often it is called. ERR_LIMIT: too many. */
enum status api_request_parse(struct api_request *request);
/* Whether a parameter of that name came, with a value or without. */
bool api_request_has(struct api_request *request, const char *name);
/* Whether it says nothing: no body, no credentials, no parameter; but a key alone that names
 * neither host nor address nor token says nothing either (people write one to get past a
 * cache). */
bool api_request_is_bare(struct api_request *request);
/* Whether a parameter names a host or an address. */
bool api_request_names(struct api_request *request);

/* The update that the request asks for, or NULL when that was refused already. */
struct api_call *api_request_update(struct api_request *request, enum dialect dialect);
/* Ends the call with what `result` means to HTTP, and the dialect's words. `type` may be
 * NULL: plain text. */
void api_call_reply(const struct api_call *call, const struct update_result *result,
                    const char *type, struct str body);
