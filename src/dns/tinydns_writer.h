// SPDX-License-Identifier: GPL-3.0-or-later
/* tinydns_writer.h - writes the tinydns data language: records in, lines out.
 *
 * From each line tinydns_parse_line() and Debian's tinydns-data make the record for which it was
 * written, and no other one. So a line that could also make an address has that field empty. Bytes
 * with a meaning in the language are escaped. */
#pragma once

#include "dns/record.h"
#include "dns/tinydns_reader.h"

enum {
    /* The longest line: the name and the data with every byte escaped, and the numbers. */
    TINYDNS_LINE_SIZE = 4 * (NAME_SIZE + TINYDNS_RDATA_MAX) + 128
};

/* How a line gives an IPv6 address. */
enum tinydns_form {
    TINYDNS_STOCK, /* ":name:28:...", which every tinydns-data reads */
    TINYDNS_SIX,   /* "3name:32 digits", for people; Debian's tinydns-data refuses it */
};

/* Appends the record's line with a line feed. `out` may become full. ERR_SYNTAX, and nothing is
 * written: no line can make this record. Its type is forbidden, its data are too long or do not
 * have the layout of the type, its TTL is above TINYDNS_TTL_MAX, or its location has a colon. */
MUST_CHECK enum status tinydns_put(const struct record *record, enum tinydns_form form,
                                   struct buf *out, struct error *err);
/* Appends the "%" line of a location rule in the same way. */
MUST_CHECK enum status tinydns_put_location(const struct location_rule *rule,
                                            struct buf *out, struct error *err);
