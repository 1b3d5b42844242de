// SPDX-License-Identifier: GPL-3.0-or-later
/* tinydns_reader.h - the tinydns data language: operator's lines in, records out.
 *
 * Accepted are all lines of Debian's tinydns-data (. & = + @ S ' ^ C Z : %, and comments #
 * and -) with time stamps and locations, and the lines 3 and 6 of the IPv6 patch that many
 * use: AAAA, and AAAA with PTR. What a line makes is record for record what these programs
 * make of it. Where they drop or mangle silently (a bad address, a TTL out of range, a time
 * stamp in capitals), this one reports an error.
 *
 * Source: https://cr.yp.to/djbdns/tinydns-data.html, and runs of Debian's program;
 * http://www.fefe.de/dns/ */
#pragma once

#include "base/str.h"
#include "dns/record.h"

enum {
    TINYDNS_TTL_MAX = INT32_MAX, /* RFC 2181 8; of a TTL, and of an SOA's minimum */
    TINYDNS_RDATA_MAX = 32752,   /* stock tinydns is silent about longer ones */
};

/* Parses one line (without its line feed). A line of blanks is fine. `soa_serial` is used
 * for SOA records without a serial of their own. ERR_SYNTAX, ERR_LIMIT: `err` says what is
 * wrong and, where one is to blame, in which field, counted from 1; the caller adds file and
 * line. Of a line with several records some may have been given before its error was seen:
 * the caller drops what it got. */
MUST_CHECK enum status tinydns_parse_line(struct str line, uint32_t soa_serial,
                                          const struct record_sink *sink,
                                          struct error *err);
/* Parses a whole file's text; errors begin with "FILE:LINE: ". */
MUST_CHECK enum status tinydns_parse(const char *file, struct str text,
                                     uint32_t soa_serial, const struct record_sink *sink,
                                     struct error *err);
