// SPDX-License-Identifier: GPL-3.0-or-later
/* record.h - resource records as values. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/str.h"
#include "dns/name.h"

enum rr_type {
    RR_A = 1,
    RR_NS = 2,
    RR_CNAME = 5,
    RR_SOA = 6,
    RR_PTR = 12,
    RR_MX = 15,
    RR_TXT = 16,
    RR_AAAA = 28,
    RR_SRV = 33,
    RR_NAPTR = 35,
    RR_OPT = 41,
    RR_DS = 43,
    RR_SSHFP = 44,
    RR_TLSA = 52,
    RR_SVCB = 64,
    RR_HTTPS = 65,
    RR_IXFR = 251,
    RR_AXFR = 252,
    RR_ANY = 255,
    RR_CAA = 257,
};

enum {
    RDATA_SIZE = 65535
};

struct record {
    struct name owner; /* of a wildcard: the name without its "*" label */
    bool wildcard;     /* the record's name is *.owner */
    uint16_t type;     /* enum rr_type or any other number */
    uint32_t ttl_s;
    struct str rdata; /* in wire form, with uncompressed names; borrowed */
    /* TAI64 seconds; 0: the record lives for ever. With ttl_s 0 the record dies at this time,
     * otherwise it begins to live at this time. */
    uint64_t stamp;
    uint8_t location[2]; /* of the clients that see the record; both 0: all clients */
};

/* Clients whose IPv4 address begins with `prefix` are in `location`. The longest prefix decides. */
struct location_rule {
    uint8_t prefix[4];
    uint8_t prefix_n; /* bytes in use, from 0 (all clients) to 4 */
    uint8_t location[2];
};

/* Takes records one by one. They are lent for the call. Any status except OK ends the work of
 * the one that gives them, and is returned by it. */
struct record_sink {
    enum status (*record)(void *ctx, const struct record *record, struct error *err);
    /* NULL: location rules are left out. */
    enum status (*location)(void *ctx, const struct location_rule *rule,
                            struct error *err);
    void *ctx;
};
/* Gives a record or a rule to the sink, and returns its status. */
MUST_CHECK enum status sink_record(const struct record_sink *sink,
                                   const struct record *record, struct error *err);
MUST_CHECK enum status sink_location(const struct record_sink *sink,
                                     const struct location_rule *rule, struct error *err);

/* The values of an SOA record (RFC 1035 3.3.13). */
struct soa {
    struct name mname, rname;
    uint32_t serial, refresh_s, retry_s, expire_s, minimum_s;
};
void soa_encode(const struct soa *soa, struct buf *out);
MUST_CHECK enum status soa_decode(struct str rdata, struct soa *out);

/* Whether serial `a` is newer than `b` (RFC 1982). */
bool serial_is_newer(uint32_t a, uint32_t b);

/* Writes and reads the name of a type: "A", "AAAA", "TYPE65280" (RFC 3597). */
void rr_type_format(uint16_t type, struct buf *out);
MUST_CHECK enum status rr_type_parse(struct str text, uint16_t *out);
