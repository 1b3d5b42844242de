// SPDX-License-Identifier: GPL-3.0-or-later
/* reply.h - the bytes of a reply's head. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/head.h"
#include "http/server.h"

enum {
    HTTP_DATE_SIZE = 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */
};

/* The date as RFC 9110 wants it, for the years 1970 to 9999. Reads no time zone file. */
void http_date_format(int64_t wall_s, struct buf *out);

/* The words behind the status code; no digits in them, which old clients would misread. */
const char *http_reason(int status);

/* Room that http_reply_format() needs at most. */
size_t http_reply_size(const struct http_response *response);
/* Status line and header, with the empty line. A field that holds a control byte is left
 * out, so that no text from outside can add a line. `request` may be NULL. */
void http_reply_format(const struct http_response *response, struct str date, bool close,
                       const struct http_head *request, struct buf *out);
/* 204 and 304 have no body, and neither has the reply to HEAD. */
bool http_reply_has_body(int status, const struct http_head *request);
