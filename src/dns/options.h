// SPDX-License-Identifier: GPL-3.0-or-later
/* options.h - EDNS options (RFC 6891 6.1.2): what a query asks for by them, and what a reply
 * says. For message.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum {
    OPTION_HEAD_SIZE = 4, /* code and length */
    COOKIE_CLIENT_SIZE = 8,
    COOKIE_SIZE = 24, /* the client's and ours (RFC 9018) */
    COOKIE_SIZE_MIN = 16,
    COOKIE_SIZE_MAX = 40,
};

/* Extended errors (RFC 8914). */
enum extended_error {
    EXTENDED_NONE = 0xffff,
    EXTENDED_NOT_AUTHORITATIVE = 20,
};

/* Of a query. Options that are not here are ignored. */
struct query_options {
    bool nsid;      /* who answers is asked (RFC 5001) */
    bool keepalive; /* how long a connection lives is asked (RFC 7828) */
    struct str
        cookie; /* the client's, and perhaps a server's behind it (RFC 7873); empty:
                          none. Borrowed from the query. */
};
/* False: an option is longer than the bytes, or a cookie has a length that none has. *out is
 * written all the same. */
bool options_read(struct str bytes, struct query_options *out);

/* Of a reply; each that is empty or 0 is left out. */
struct reply_options {
    struct str cookie; /* of COOKIE_SIZE */
    struct str nsid;
    uint16_t keepalive; /* in tenths of a second */
};
/* The bytes that all of them take. */
size_t options_size(const struct reply_options *options);
/* Writes those that fit, the most important ones first. */
void options_put(const struct reply_options *options, struct buf *out);
/* Why, if that fits. EXTENDED_NONE: nothing. */
void options_put_error(enum extended_error error, struct buf *out);
