// SPDX-License-Identifier: GPL-3.0-or-later
/* options.h - EDNS options (RFC 6891 6.1.2): reads those of a query and writes those of a reply.
 * For message.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum {
    OPTION_HEAD_SIZE = 4, /* code and length */
    COOKIE_CLIENT_SIZE = 8,
    COOKIE_SIZE = 24, /* the client's part and ours (RFC 9018) */
    COOKIE_SIZE_MIN = 16,
    COOKIE_SIZE_MAX = 40,
};

/* Extended errors (RFC 8914). */
enum extended_error {
    EXTENDED_NONE = 0xffff,
    EXTENDED_NOT_AUTHORITATIVE = 20,
};

/* The options of a query; all others are ignored. */
struct query_options {
    bool nsid;      /* it asks for the server's identity (RFC 5001) */
    bool keepalive; /* it asks how long an idle connection stays open (RFC 7828) */
    /* The client's cookie, and perhaps a server's behind it (RFC 7873); empty: none. Borrowed from
     * the query. */
    struct str cookie;
};
/* Reads the options. False: an option is longer than the bytes, or a cookie has a length that is
 * not allowed. *out is set even then. */
bool options_read(struct str bytes, struct query_options *out);

/* The options of a reply. One that is empty or 0 is left out. */
struct reply_options {
    struct str cookie; /* of COOKIE_SIZE */
    struct str nsid;
    uint16_t keepalive; /* in tenths of a second */
};
/* The size of all options together. */
size_t options_size(const struct reply_options *options);
/* Writes the options that fit, the most important ones first. */
void options_put(const struct reply_options *options, struct buf *out);
/* Writes the extended error, if it fits; writes nothing for EXTENDED_NONE. */
void options_put_error(enum extended_error error, struct buf *out);
