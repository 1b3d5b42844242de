// SPDX-License-Identifier: GPL-3.0-or-later
/* head.h - the strict HTTP/1 reader: bytes in, a request head out. Pure.
 *
 * It decodes nothing and copies nothing: all slices point into the input. It refuses what could be
 * read in two ways (RFC 9112; docs/http.md has the table of cases), so that two readers never see
 * different requests. It accepts what real routers send: a bare LF, several blanks in the request
 * line, raw blanks and 8-bit bytes in the target, no Host. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    HTTP_HEAD_MAX = 8192,
    HTTP_TARGET_MAX = 4096,
    HTTP_FIELDS_MAX = 64,
};

struct http_field {
    struct str name, value; /* value trimmed */
};

struct http_head {
    struct str method;      /* a token, as sent */
    struct str target;      /* as sent, trimmed */
    struct str path, query; /* target before and after its first '?' */
    bool http_1_0;
    bool keep_alive; /* by version and Connection; false if anything was odd */
    bool expect_continue;
    bool has_length;
    uint64_t content_length;
    struct http_field fields[HTTP_FIELDS_MAX];
    size_t field_count;
    size_t size; /* bytes of the head, its empty line included */
};

enum {
    HTTP_MORE = -1
};
/* Returns 0: *out is complete; HTTP_MORE: more bytes are needed; or the status code of a refusal
 * (400, 411, 414, 417, 431, 505). After a refusal *out means nothing, and the connection must not
 * be read as HTTP any more. Whenever bytes have come, call it again with all bytes from the first
 * on. The verdict does not depend on how the request was cut into pieces. */
int http_head_parse(struct str bytes, struct http_head *out);

/* The value of the first field with this name, in any case; `at` is NULL: there is none. */
struct str http_head_field(const struct http_head *head, const char *name);
