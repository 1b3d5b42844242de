// SPDX-License-Identifier: GPL-3.0-or-later
/* ip.h - one type for IPv4 and IPv6 addresses, and prefixes of them.
 *
 * Text is RFC 5952 for IPv6 and four plain decimal parts for IPv4. An IPv4-mapped IPv6
 * address (::ffff:a.b.c.d) is an IPv4 address everywhere: ip_parse() and
 * ip_from_sockaddr() unmap it. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/str.h"

enum ip_family {
    IP_NONE = 0, /* no address */
    IP_V4 = 4,
    IP_V6 = 6,
};

struct ip {
    uint8_t family;    /* enum ip_family */
    uint8_t bytes[16]; /* network order; 4 used for IPv4, the rest zero */
};

struct prefix {
    struct ip ip;   /* as written; bits past `length` may be set */
    uint8_t length; /* 0..32 or 0..128 */
};

/* What the IANA special-purpose registries (RFC 6890 and updates) say of an address. */
enum ip_kind {
    IP_GLOBAL,        /* ordinary, may stand in public DNS */
    IP_PRIVATE,       /* RFC 1918, 100.64.0.0/10 (RFC 6598), fc00::/7 (RFC 4193) */
    IP_DOCUMENTATION, /* RFC 5737, 2001:db8::/32 (RFC 3849), 3fff::/20 (RFC 9637) */
    IP_UNSPECIFIED,   /* 0.0.0.0 or :: */
    IP_SPECIAL,       /* everything else that no host may be published with: loopback,
                         link-local, multicast, benchmarking, broadcast, reserved, NAT64
                         and 6to4 forms, site-local, discard, Teredo, ... */
};

enum {
    IP_TEXT_SIZE = 46,     /* longest address with a zero byte */
    PREFIX_TEXT_SIZE = 50, /* longest prefix with a zero byte */
};

/* Strict: no blanks, no brackets, no zone id, no octal, hex or short IPv4, no length.
 * ERR_SYNTAX otherwise, *out untouched. */
MUST_CHECK enum status ip_parse(struct str text, struct ip *out);
/* Writes the text of `ip`; nothing for IP_NONE. */
void ip_format(struct ip ip, struct buf *out);
/* The text in static thread-local storage that later calls reuse (4 calls); for logs and
 * errors. */
const char *ip_text(struct ip ip);

/* From 4 or 16 bytes in network order; a mapped address is unmapped. ERR_SYNTAX for
 * another length. */
MUST_CHECK enum status ip_from_bytes(struct str bytes, struct ip *out);
/* The 4 or 16 bytes of `ip`; empty for IP_NONE. Borrowed from *ip. */
struct str ip_bytes(const struct ip *ip);

/* The address of an AF_INET or AF_INET6 socket address and its port (host order, may be
 * NULL). IP_NONE for other families. */
struct ip ip_from_sockaddr(const struct sockaddr_storage *address, uint16_t *port_out);
/* Fills *out for bind() or connect() and returns its length. IP_NONE is not allowed. */
socklen_t ip_to_sockaddr(struct ip ip, uint16_t port, struct sockaddr_storage *out);

bool ip_equal(struct ip a, struct ip b);
/* Order by family, then bytes. */
int ip_compare(struct ip a, struct ip b);
enum ip_kind ip_kind(struct ip ip);

/* "192.0.2.0/24", "2001:db8::/32"; a plain address is the prefix of its full length. */
MUST_CHECK enum status prefix_parse(struct str text, struct prefix *out);
void prefix_format(struct prefix prefix, struct buf *out);
/* Whether `ip` is of the same family and its first bits equal the prefix's. */
bool prefix_has(struct prefix prefix, struct ip ip);
/* The first `length` bits of `prefix`, the remaining ones of `rest`. Both IPv6. */
struct ip ip_compose(struct prefix prefix, struct ip rest);

/* "192.0.2.1:53", "[2001:db8::1]:53", as in configurations. The port is required. */
MUST_CHECK enum status ip_parse_endpoint(struct str text, struct ip *ip_out,
                                         uint16_t *port_out);
