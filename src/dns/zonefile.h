// SPDX-License-Identifier: GPL-3.0-or-later
/* zonefile.h - reads zone files, and reads and writes record data as text (RFC 1035 5, RFC 3597 5).
 * The door to libzscanner.
 *
 * Names in record data become lower case where RFC 4034 6.2 says so. So equal records have equal
 * bytes. */
#pragma once

#include "dns/record.h"

/* Gets each record, lent for the call, with the number of its last line. Any status except OK ends
 * the parsing, and is returned. */
typedef enum status (*zonefile_fn)(void *ctx, const struct record *record, uint64_t line,
                                   struct error *err);

/* Gets the first line of a record whose type or class is unknown, without blanks around it. */
typedef void (*zonefile_strange_fn)(void *ctx, struct str text, uint64_t line);

struct zonefile_sink {
    zonefile_fn record;
    zonefile_strange_fn strange; /* NULL: such a record is an error */
    void *ctx;
};

/* Parses a whole zone file. `origin` holds until the file has $ORIGIN, and `ttl_s` until it has
 * $TTL. $INCLUDE is refused. A class other than IN is treated like an unknown type. A byte beyond
 * ASCII is taken as it is. Errors begin with "FILE:LINE: ". */
MUST_CHECK enum status zonefile_parse(const char *file, struct str text,
                                      const struct name *origin, uint32_t ttl_s,
                                      const struct zonefile_sink *sink,
                                      struct error *err);

/* Reads the data of a record, such as "10 mail.example.org" for an MX. All names are whole, with or
 * without a dot at the end. ERR_SYNTAX. ERR_LIMIT: it does not fit. After an error *out may hold a
 * part of the data. */
MUST_CHECK enum status rdata_parse(uint16_t type, struct str text, struct buf *out,
                                   struct error *err);
/* Writes data as text. out->full: there was no room. Data without the layout of its type is written
 * in the form for unknown types. */
void rdata_format(uint16_t type, struct str rdata, struct buf *out);
