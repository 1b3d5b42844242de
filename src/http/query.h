// SPDX-License-Identifier: GPL-3.0-or-later
/* query.h - names and values out of a raw query string or form body, and Basic credentials.
 *
 * Split at '&' and the first '='; '+' is a blank, %xx (either case) a byte, a bad escape
 * stays as it is. Empty pairs are passed over; a key without '=' has an empty value with
 * has_value false. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct http_param {
    struct str name, value; /* decoded: in the arena, or still where it was */
    bool has_value;
};

enum {
    HTTP_PARAMS_MAX = 64
};

/* The byte that "%xx" at the start of `text` stands for, or -1. */
int http_escaped_byte(struct str text);

/* Appends to params[*count ...]. ERR_LIMIT: more than HTTP_PARAMS_MAX in all; what fitted
 * stays. */
MUST_CHECK enum status http_query_parse(struct str raw, struct arena *arena,
                                        struct http_param params[HTTP_PARAMS_MAX],
                                        size_t *count);

/* The value of an Authorization field with scheme Basic (any case, several blanks, blanks
 * within, missing padding accepted). Split at the first colon. ERR_NOT_FOUND: another scheme or empty.
 * ERR_SYNTAX: not Base64, or no colon. */
MUST_CHECK enum status http_basic_parse(struct str value, struct arena *arena,
                                        struct str *user, struct str *password);
