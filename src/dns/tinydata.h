// SPDX-License-Identifier: GPL-3.0-or-later
/* tinydata.h - the tinydns data language: operator's lines in, records out.
 *
 * Accepted: . & = + @ ' C Z : and comments # and -. What a line makes is record for record
 * what Debian's tinydns-data makes of it. Where that program drops or mangles silently (a
 * bad address, a TTL out of range, a label too long), this one reports an error. Time stamps
 * and locations are refused for now.
 *
 * Source: https://cr.yp.to/djbdns/tinydns-data.html, and runs of Debian's program. */
#pragma once

#include "base/str.h"
#include "dns/record.h"

/* Gets each record of a line; `record` and what it points to live only during the call. Any
 * status but OK ends the parsing and is returned. */
typedef enum status (*tinydata_fn)(void *ctx, const struct record *record,
                                   struct error *err);

/* Parses one line (without its line feed). A line of blanks is fine. `soa_serial` is used
 * for SOA records without a serial of their own. ERR_SYNTAX, ERR_LIMIT: `err` says what is
 * wrong and, where one is to blame, in which field, counted from 1; the caller adds file and
 * line. Of a line with several records some may have been given before its error was seen:
 * the caller drops what it got. */
MUST_CHECK enum status tinydata_parse_line(struct str line, uint32_t soa_serial,
                                           tinydata_fn fn, void *ctx, struct error *err);
/* Parses a whole file's text; errors begin with "FILE:LINE: ". */
MUST_CHECK enum status tinydata_parse(const char *file, struct str text,
                                      uint32_t soa_serial, tinydata_fn fn, void *ctx,
                                      struct error *err);
