// SPDX-License-Identifier: GPL-3.0-or-later
/* tinydns_writer.h - records out, lines of the tinydns data language in: the way back of tinydns_reader.h.
 *
 * tinydns_parse_line() and Debian's tinydns-data make of each line the very record that it
 * was written for, and no other one: the letter with an address field of its own is used with
 * that field empty. Bytes that the language gives a meaning are escaped. */
#pragma once

#include "dns/record.h"
#include "dns/tinydns_reader.h"

enum {
    /* The longest line: every byte escaped, and the numbers. */
    TINYDNS_LINE_SIZE = 4 * (NAME_SIZE + TINYDNS_RDATA_MAX) + 128
};

/* How IPv6 addresses are written. */
enum tinydns_form {
    TINYDNS_STOCK, /* ":name:28:..." , which every tinydns-data takes */
    TINYDNS_SIX,   /* "3name:32 digits", for people; Debian's tinydns-data refuses it */
};

/* Appends the record's line, with a line feed. ERR_SYNTAX, and nothing is written: the record
 * cannot be said in the language (a type that it forbids, data without the layout of their
 * type or too long, a TTL above TINYDNS_TTL_MAX, a location with a colon in it). `out` may become full. */
MUST_CHECK enum status tinydns_put(const struct record *record, enum tinydns_form form,
                                   struct buf *out, struct error *err);
/* The same for a "%" line. */
MUST_CHECK enum status tinydns_put_location(const struct location_rule *rule,
                                            struct buf *out, struct error *err);
