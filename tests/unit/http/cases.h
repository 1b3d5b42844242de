// SPDX-License-Identifier: GPL-3.0-or-later
/* cases.h - the table of requests with what has to become of each (docs/http.md). */
#pragma once

#include <stdbool.h>

#include "base/str.h"

struct http_case {
    struct str bytes;
    int status;  /* 0: accepted, else that of the refusal */
    bool keeps;  /* accepted, and the connection stays open */
    size_t body; /* bytes of the body at the end of `bytes` */
};

/* Calls fn for each case; the bytes of a refused one go on with a second request. */
void cases_each(void (*fn)(void *ctx, const struct http_case *row), void *ctx);
/* How many of them are refused. */
size_t cases_refused(void);
