// SPDX-License-Identifier: GPL-3.0-or-later
/* reply.h - writes the head of a reply. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/head.h"
#include "http/server.h"

enum {
    HTTP_DATE_SIZE = 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */
};

/* Writes the date in the form of RFC 9110, for the years 1970 to 9999. Reads no time zone file. */
void http_date_format(int64_t wall_s, struct buf *out);

/* The words behind the status code. They have no digits, which old clients would misread. */
const char *http_reason(int status);

/* The most room that http_reply_format() needs. */
size_t http_reply_size(const struct http_response *response);
/* Writes the status line, the fields and the empty line. A field that has a control byte is left
 * out, so that text from outside cannot add a line. `request` may be NULL. */
void http_reply_format(const struct http_response *response, struct str date, bool close,
                       const struct http_head *request, struct buf *out);
/* Whether the reply has a body: 204 and 304 have none, and neither has a reply to HEAD. */
bool http_reply_has_body(int status, const struct http_head *request);
