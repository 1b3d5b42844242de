// SPDX-License-Identifier: GPL-3.0-or-later
/* origin.h - the origin of web pages as browsers write it (RFC 6454): scheme, host and port. Pure. */
#pragma once

#include "base/str.h"

enum {
    ORIGIN_SIZE = 280 /* the longest text with a zero byte */
};

/* All slices point into the text that was read. */
struct origin {
    struct str text;
    struct str authority; /* host and port, as a Host field has them */
    struct str host;      /* without brackets */
    bool is_https;
};

/* Reads "https://ddns.example.org" or "https://ddns.example.org:8443". It takes the one spelling
 * that browsers send: the host in lower case, no port that is the scheme's own, nothing behind the
 * port. "http" is for the machine itself: localhost, names below it, and loopback addresses.
 * ERR_SYNTAX: anything else. */
MUST_CHECK enum status origin_parse(struct str text, struct origin *out,
                                    struct error *err);
/* Whether a Host field names the origin. Its letters may have any case, and it may have the
 * scheme's own port. */
bool origin_has_host(const struct origin *origin, struct str host);
