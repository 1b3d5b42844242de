// SPDX-License-Identifier: GPL-3.0-or-later
/* message.h - a mail as it goes to the server: RFC 5322, plain text in UTF-8, encoded so that it has
 * seven bits and short lines (RFC 2045, RFC 2047). Pure.
 *
 * The same parts give the same bytes: a mail that is sent once more is the same mail. Whatever the
 * parts hold, none of them begins a header line: what a text may not have becomes '?', and an
 * address or a link that could is refused. */
#pragma once

#include "base/buf.h"

enum {
    MESSAGE_SUBJECT_MAX = 512,
    MESSAGE_BODY_MAX = 16 * 1024,
    /* Room for any message: each byte of the texts may become three, and lines get ends. */
    MESSAGE_MAX = 4 * (MESSAGE_BODY_MAX + MESSAGE_SUBJECT_MAX) + 8192
};

struct message_parts {
    struct str from_name; /* may be empty */
    struct str from, to;  /* plain addresses (mailbox.h) */
    struct str subject, body;
    struct str message_id; /* without its angle brackets */
    struct str language;   /* "en" */
    /* Where a POST unsubscribes (RFC 8058), and what the language may be; empty: no such header. */
    struct str unsubscribe;
    int64_t date_s;
};

/* Appends the message, with CRLF at the ends of lines. A line of the body ends with LF. ERR_SYNTAX:
 * an address, the id, the language or the link is none. ERR_LIMIT: subject or body is too long. */
MUST_CHECK enum status message_write(const struct message_parts *parts, struct buf *out,
                                     struct error *err);
