// SPDX-License-Identifier: GPL-3.0-or-later
/* problem.h - replies of the API: JSON, events, and problems in JSON (RFC 9457), with the fields that keep
 * browsers from doing anything else with them. */
#pragma once

#include "http/server.h"
#include "http/stream.h"
#include "rest/rest.h"

enum {
    PROBLEM_FIELDS_MAX = 5 /* of `more`, with the NULL at its end */
};

/* `more`: "Name: value" lines, ended by NULL. */
void json_reply(struct http_exchange *exchange, int status, const char *const *more,
                struct str body);

/* The beginning of a stream of events: see http_stream_begin(). */
struct http_stream *problem_stream(struct http_exchange *exchange, struct str first,
                                   void (*ended)(void *ctx), void *ctx);

/* The status in words, and `fmt` as the detail. */
void problem_reply(struct http_exchange *exchange, int status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The same with one "Name: value" line more. */
void problem_refuse(struct http_exchange *exchange, int status, const char *field,
                    const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The same with the advice to ask again after so many seconds. */
void problem_wait(struct http_exchange *exchange, int status, int seconds,
                  const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The same with a word for programs, the member `code`. */
void problem_code(struct http_exchange *exchange, int status, const char *code,
                  const char *detail);
/* Why a request to a resource failed, with the member that is wrong, if it is one. */
void problem_tell(struct http_exchange *exchange, const struct rest_reply *failed);
