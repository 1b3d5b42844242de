// SPDX-License-Identifier: GPL-3.0-or-later
/* tinydns_reader.h - reads the tinydns data language: lines in, records out.
 *
 * It reads all lines of Debian's tinydns-data (. & = + @ S ' ^ C Z : %, and comments # and -), with
 * time stamps and locations. It also reads the lines 3 and 6 (AAAA, and AAAA with PTR) of the IPv6
 * patch that many use. Each line gives the same records as with these programs. Where they silently
 * drop or mangle a line (a bad address, a TTL out of range, a time stamp in capitals), this reader
 * reports an error.
 *
 * Source: https://cr.yp.to/djbdns/tinydns-data.html, and runs of Debian's program;
 * http://www.fefe.de/dns/ */
#pragma once

#include "base/str.h"
#include "dns/record.h"

enum {
    TINYDNS_TTL_MAX = INT32_MAX, /* of a TTL, and of an SOA's minimum (RFC 2181 8) */
    TINYDNS_RDATA_MAX = 32752,   /* stock tinydns does not answer with longer data */
};

/* Parses one line without its line feed. A line of blanks is fine. SOA records without a serial of
 * their own get `soa_serial`. ERR_SYNTAX, ERR_LIMIT: `err` tells what is wrong and, if it is in one
 * field, the number of that field, from 1. The caller adds the file and the line. A line with
 * several records may give some of them before it fails: the caller drops these. */
MUST_CHECK enum status tinydns_parse_line(struct str line, uint32_t soa_serial,
                                          const struct record_sink *sink,
                                          struct error *err);
/* Parses a whole file's text; errors begin with "FILE:LINE: ". */
MUST_CHECK enum status tinydns_parse(const char *file, struct str text,
                                     uint32_t soa_serial, const struct record_sink *sink,
                                     struct error *err);
