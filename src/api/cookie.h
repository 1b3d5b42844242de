// SPDX-License-Identifier: GPL-3.0-or-later
/* cookie.h - the one cookie of the API (RFC 6265), which has the secret of a session.
 *
 * The prefix of its name makes browsers keep it for this one host, so that no page of a host below
 * or beside it can set it. Pure. */
#pragma once

#include "base/buf.h"
#include "http/head.h"

enum {
    COOKIE_LINE_SIZE = 256
};

enum cookie_found {
    COOKIE_NONE,
    COOKIE_ONE,
    COOKIE_SEVERAL /* several fields, or the cookie twice: somebody meddles */
};
/* *value is set for COOKIE_ONE. */
enum cookie_found cookie_find(const struct http_head *head, struct str *value);

/* A line of a reply. `keep_s` 0: the cookie ends with the browser. */
void cookie_put(struct buf *line, const char *secret, int64_t keep_s);
void cookie_put_end(struct buf *line);
