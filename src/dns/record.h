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
    RR_OPT = 41,
    RR_IXFR = 251,
    RR_AXFR = 252,
    RR_ANY = 255,
};

enum {
    RDATA_SIZE = 65535
};

struct record {
    struct name owner; /* for a wildcard, the name without its "*" label */
    bool wildcard;     /* stands for *.owner */
    uint16_t type;     /* enum rr_type or any other number */
    uint32_t ttl_s;
    struct str rdata; /* wire form, names in it uncompressed; borrowed */
};

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
