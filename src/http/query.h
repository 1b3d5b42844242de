// SPDX-License-Identifier: GPL-3.0-or-later
/* query.h - reads names and values out of a query string or form body, and Basic credentials.
 *
 * '&' separates parameters, and the first '=' ends a name. '+' is a blank, and %xx (in either case)
 * is a byte; a bad escape stays as it is. Empty parameters are skipped. One without '=' has an
 * empty value, and has_value is false. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct http_param {
    struct str name,
        value; /* decoded; in the arena or, if nothing was escaped, in the input */
    bool has_value;
};

enum {
    HTTP_PARAMS_MAX = 64
};

/* The byte that "%xx" at the start of `text` means; -1: there is no such escape. */
int http_escaped_byte(struct str text);

/* A piece of a path with its escapes decoded; in the arena or, if nothing was escaped, in `raw`. */
struct str http_path_decode(struct str raw, struct arena *arena);

/* Appends parameters to the *count ones in `params`. ERR_LIMIT: they would be more than
 * HTTP_PARAMS_MAX; those that fit stay. */
MUST_CHECK enum status http_query_parse(struct str raw, struct arena *arena,
                                        struct http_param params[HTTP_PARAMS_MAX],
                                        size_t *count);

/* Reads the value of an Authorization field with the scheme Basic. The scheme may have any case;
 * several blanks, blanks inside and missing padding are accepted. The first colon ends the user.
 * ERR_NOT_FOUND: the value is empty or has another scheme. ERR_SYNTAX: it is not Base64, or has no
 * colon. */
MUST_CHECK enum status http_basic_parse(struct str value, struct arena *arena,
                                        struct str *user, struct str *password);
