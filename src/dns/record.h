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
    struct name owner; /* for a wildcard, the name without its "*" label */
    bool wildcard;     /* stands for *.owner */
    uint16_t type;     /* enum rr_type or any other number */
    uint32_t ttl_s;
    struct str rdata;    /* wire form, names in it uncompressed; borrowed */
    uint64_t stamp;      /* TAI64 seconds; 0: for ever. With ttl_s 0 the time at which the
                         record dies, else the time from which on it lives */
    uint8_t location[2]; /* of the clients that may see it; both 0: everybody */
};

/* Clients whose IPv4 address begins with `prefix` are in `location`. */
struct location_rule {
    uint8_t prefix[4];
    uint8_t prefix_n; /* bytes in use, 0..4; 0: everybody whom no longer prefix takes */
    uint8_t location[2];
};

/* Where records go. What is lent lives only during the call; any status but OK ends the
 * giving and is returned. */
struct record_sink {
    enum status (*record)(void *ctx, const struct record *record, struct error *err);
    /* NULL: rules are passed over. */
    enum status (*location)(void *ctx, const struct location_rule *rule,
                            struct error *err);
    void *ctx;
};
/* Hands them on. */
MUST_CHECK enum status sink_record(const struct record_sink *sink,
                                   const struct record *record, struct error *err);
MUST_CHECK enum status sink_location(const struct record_sink *sink,
                                     const struct location_rule *rule, struct error *err);

/* The values of an SOA record (RFC 1035 3.3.13). Times in seconds. */
struct soa {
    struct name mname, rname;
    uint32_t serial, refresh_s, retry_s, expire_s, minimum_s;
};
void soa_encode(const struct soa *soa, struct buf *out);
MUST_CHECK enum status soa_decode(struct str rdata, struct soa *out);

/* Whether serial `a` is newer than `b` (RFC 1982). */
bool serial_is_newer(uint32_t a, uint32_t b);

/* "A", "AAAA", "TYPE65280" (RFC 3597). */
void rr_type_format(uint16_t type, struct buf *out);
MUST_CHECK enum status rr_type_parse(struct str text, uint16_t *out);
