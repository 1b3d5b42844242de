// SPDX-License-Identifier: GPL-3.0-or-later
/* ip.h - one type for IPv4 and IPv6 addresses, and prefixes of them.
 *
 * The text of an IPv6 address follows RFC 5952; that of an IPv4 address is four plain decimal
 * numbers. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) counts as an IPv4 address everywhere:
 * ip_parse() and ip_from_sockaddr() unmap it. */
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
    struct ip ip;   /* as written: bits behind the first `length` may be set */
    uint8_t length; /* 0..32 or 0..128 */
};

/* What the IANA special-purpose registries (RFC 6890 and updates) say of an address. */
enum ip_kind {
    IP_GLOBAL,        /* an ordinary address, which may be in public DNS */
    IP_PRIVATE,       /* RFC 1918, 100.64.0.0/10 (RFC 6598), fc00::/7 (RFC 4193) */
    IP_DOCUMENTATION, /* RFC 5737, 2001:db8::/32 (RFC 3849), 3fff::/20 (RFC 9637) */
    IP_UNSPECIFIED,   /* 0.0.0.0 or :: */
    /* Any other address that no host can have: loopback, link-local, multicast, benchmarking,
     * broadcast, reserved, NAT64, 6to4, site-local, discard, Teredo and the like. */
    IP_SPECIAL,
};

enum {
    IP_TEXT_SIZE = 46,     /* longest address with a zero byte */
    PREFIX_TEXT_SIZE = 50, /* longest prefix with a zero byte */
};

/* Reads an address. ERR_SYNTAX: anything else, also blanks, brackets, a zone id, a length, and
 * octal, hexadecimal or short forms of IPv4. */
MUST_CHECK enum status ip_parse(struct str text, struct ip *out);
/* Writes the address as text; writes nothing for IP_NONE. */
void ip_format(struct ip ip, struct buf *out);
/* The address as text, for logs and errors. It stands in storage of the thread, which the fourth
 * call after this one reuses. */
const char *ip_text(struct ip ip);

/* Reads 4 or 16 bytes in network order, and unmaps a mapped address. ERR_SYNTAX: another
 * length. */
MUST_CHECK enum status ip_from_bytes(struct str bytes, struct ip *out);
/* The 4 or 16 bytes of `ip`; empty for IP_NONE. Borrowed from *ip. */
struct str ip_bytes(const struct ip *ip);

/* The address in an AF_INET or AF_INET6 socket address; IP_NONE for another family. *port_out,
 * which may be NULL, is the port in host order. */
struct ip ip_from_sockaddr(const struct sockaddr_storage *address, uint16_t *port_out);
/* Fills *out for bind() or connect() and returns its length. IP_NONE is not allowed. */
socklen_t ip_to_sockaddr(struct ip ip, uint16_t port, struct sockaddr_storage *out);

bool ip_equal(struct ip a, struct ip b);
/* Orders by family, then by bytes: <0, 0 or >0. */
int ip_compare(struct ip a, struct ip b);
enum ip_kind ip_kind(struct ip ip);

/* Reads a prefix such as "192.0.2.0/24" or "2001:db8::/32". A plain address is a prefix of its full
 * length. ERR_SYNTAX. */
MUST_CHECK enum status prefix_parse(struct str text, struct prefix *out);
void prefix_format(struct prefix prefix, struct buf *out);
/* Whether `ip` is of the prefix's family and begins with its bits. */
bool prefix_has(struct prefix prefix, struct ip ip);
/* The same prefix, with zeros behind its length. */
struct prefix prefix_network(struct prefix prefix);
struct prefixes {
    const struct prefix *at;
    size_t count;
};
/* Whether one of the prefixes has the address. */
bool prefixes_have(struct prefixes prefixes, struct ip ip);
/* An address with the bits of `prefix`, and behind them those of `rest`. Both are IPv6. */
struct ip ip_compose(struct prefix prefix, struct ip rest);

/* Reads an address with a port, as configurations write it: "192.0.2.1:53", "[2001:db8::1]:53".
 * ERR_SYNTAX: anything else, also an address without a port. */
MUST_CHECK enum status ip_parse_endpoint(struct str text, struct ip *ip_out,
                                         uint16_t *port_out);
