// SPDX-License-Identifier: GPL-3.0-or-later
/* zonefile.h - records as people write them (RFC 1035 5, RFC 3597 5): the door to libzscanner.
 *
 * Names within record data are put in lower case where RFC 4034 6.2 says so, so that equal
 * records are equal bytes. */
#pragma once

#include "dns/record.h"

/* Gets each record with the line that it ended on; what it points to lives only during the
 * call. Any status but OK ends the parsing and is returned. */
typedef enum status (*zonefile_fn)(void *ctx, const struct record *record, uint64_t line,
                                   struct error *err);

/* Gets the first line of a record whose type or class nobody knows, without its blanks. */
typedef void (*zonefile_strange_fn)(void *ctx, struct str text, uint64_t line);

struct zonefile_sink {
    zonefile_fn record;
    zonefile_strange_fn strange; /* NULL: such a record is an error, too */
    void *ctx;
};

/* Parses a whole zone file. `origin` holds until the file says $ORIGIN, `ttl_s` until $TTL.
 * $INCLUDE is refused; a class but IN is strange as a type is. Bytes beyond ASCII stand for themselves.
 * Errors begin with "FILE:LINE: ". */
MUST_CHECK enum status zonefile_parse(const char *file, struct str text,
                                      const struct name *origin, uint32_t ttl_s,
                                      const struct zonefile_sink *sink,
                                      struct error *err);

/* The data of one record of the type: "10 mail.example.org" for an MX. All names are whole,
 * with or without the last dot. ERR_SYNTAX, ERR_LIMIT (does not fit); *out may be partly
 * written then. */
MUST_CHECK enum status rdata_parse(uint16_t type, struct str text, struct buf *out,
                                   struct error *err);
/* The same the other way; `full` of *out tells that there was no room. Data that is not what
 * its type demands is written in the form for unknown types. */
void rdata_format(uint16_t type, struct str rdata, struct buf *out);
