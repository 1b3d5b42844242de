// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads and writes addresses, prefixes and endpoints without libc's detours, and sorts addresses
 * into kinds by one table of the special-purpose registries. */
#include "base/ip.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/reader.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

enum status ip_from_bytes(struct str bytes, struct ip *out)
{
    if (bytes.n != 4 && bytes.n != 16)
        return ERR_SYNTAX;
    if (bytes.n == 16 && memcmp(bytes.at, mapped, sizeof(mapped)) == 0)
        bytes = str_from_at(bytes, sizeof(mapped));
    struct ip ip = { .family = bytes.n == 4 ? IP_V4 : IP_V6 };
    memcpy(ip.bytes, bytes.at, bytes.n);
    *out = ip;
    return OK;
}

struct str ip_bytes(const struct ip *ip)
{
    if (ip->family == IP_NONE)
        return str_bytes(NULL, 0);
    return str_bytes(ip->bytes, ip->family == IP_V4 ? 4 : 16);
}

static enum status parse_v4(struct str text, struct ip *out)
{
    struct ip ip = { .family = IP_V4 };
    struct str part = { 0 };
    size_t count = 0;
    while (str_next_field(&text, '.', &part)) {
        uint64_t value = 0;
        bool octal = part.n > 1 && part.at[0] == '0';
        if (count == 4 || octal || part.n > 3 || str_to_u64(part, 255, &value))
            return ERR_SYNTAX;
        ip.bytes[count++] = (uint8_t)value;
    }
    if (count != 4)
        return ERR_SYNTAX;
    *out = ip;
    return OK;
}

enum status ip_parse(struct str text, struct ip *out)
{
    if (str_find(text, ':') == text.n)
        return parse_v4(text, out);

    char terminated[IP_TEXT_SIZE];
    struct buf copy = BUF_ON(terminated);
    buf_put(&copy, text);
    uint8_t bytes[16];
    if (str_find(text, '\0') < text.n || !inet_pton(AF_INET6, buf_text(&copy), bytes) ||
        copy.full)
        return ERR_SYNTAX;
    return ip_from_bytes(str_bytes(bytes, sizeof(bytes)), out);
}

/* The longest run of at least two zero groups, the first of equal ones; *n is 0 without one. */
static size_t find_zeros(const uint16_t groups[8], size_t *n)
{
    size_t best = 8;
    *n = 0;
    for (size_t i = 0, end; i < 8; i = end + 1) {
        for (end = i; end < 8 && groups[end] == 0;)
            end++;
        if (end - i > 1 && end - i > *n) {
            best = i;
            *n = end - i;
        }
    }
    return best;
}

static void put_group(struct buf *out, uint16_t group)
{
    static const char digits[] = "0123456789abcdef";
    bool begun = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = (unsigned)group >> shift & 15U;
        begun = begun || digit || shift == 0;
        if (begun)
            buf_put_u8(out, (uint8_t)digits[digit]);
    }
}

/* Writes the form of RFC 5952. inet_ntop() goes through printf, which is ten times as slow. */
static void format_v6(const uint8_t bytes[16], struct buf *out)
{
    uint16_t groups[8];
    for (size_t i = 0; i < 8; i++)
        groups[i] = read_u16(bytes + 2 * i);
    size_t zeros_n = 0, zeros_at = find_zeros(groups, &zeros_n);
    for (size_t i = 0; i < 8;) {
        if (i == zeros_at) {
            buf_put_text(out, "::");
            i += zeros_n;
            continue;
        }
        if (i > 0 && i != zeros_at + zeros_n)
            buf_put_u8(out, ':');
        put_group(out, groups[i++]);
    }
}

void ip_format(struct ip ip, struct buf *out)
{
    if (ip.family == IP_V4) {
        for (size_t i = 0; i < 4; i++) {
            if (i)
                buf_put_u8(out, '.');
            buf_put_decimal(out, ip.bytes[i]);
        }
        return;
    }
    if (ip.family == IP_V6)
        format_v6(ip.bytes, out);
}

const char *ip_text(struct ip ip)
{
    static _Thread_local char texts[4][IP_TEXT_SIZE];
    static _Thread_local size_t next;
    char *text = texts[next++ % LENGTH_OF(texts)];
    struct buf buf = buf_on(text, IP_TEXT_SIZE);
    ip_format(ip, &buf);
    return buf_text(&buf);
}

struct ip ip_from_sockaddr(const struct sockaddr_storage *address, uint16_t *port_out)
{
    struct ip ip = { .family = IP_NONE };
    uint16_t port = 0;
    enum status status = OK;
    if (address->ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        port = ntohs(in.sin_port);
        status = ip_from_bytes(str_bytes(&in.sin_addr, 4), &ip);
    } else if (address->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        port = ntohs(in6.sin6_port);
        status = ip_from_bytes(str_bytes(&in6.sin6_addr, 16), &ip);
    }
    assert(!status);
    if (port_out)
        *port_out = port;
    return ip;
}

socklen_t ip_to_sockaddr(struct ip ip, uint16_t port, struct sockaddr_storage *out)
{
    assert(ip.family != IP_NONE);
    memset(out, 0, sizeof(*out));
    if (ip.family == IP_V4) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
        memcpy(&in.sin_addr, ip.bytes, 4);
        memcpy(out, &in, sizeof(in));
        return sizeof(in);
    }
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    memcpy(&in6.sin6_addr, ip.bytes, 16);
    memcpy(out, &in6, sizeof(in6));
    return sizeof(in6);
}

bool ip_equal(struct ip a, struct ip b)
{
    return ip_compare(a, b) == 0;
}

int ip_compare(struct ip a, struct ip b)
{
    if (a.family != b.family)
        return a.family < b.family ? -1 : 1;
    return str_compare(ip_bytes(&a), ip_bytes(&b));
}

#define V4(a, b, c, d, length_) \
    { \
        { IP_V4, { a, b, c, d } }, length_ \
    }
#define V6(length_, ...) \
    { \
        { IP_V6, { __VA_ARGS__ } }, length_ \
    }

/* The bits of byte `index` that belong to a prefix of `length` bits. */
static uint8_t prefix_mask(uint8_t length, size_t index)
{
    size_t before = index * 8;
    if (length <= before)
        return 0;
    size_t bits = length - before < 8 ? length - before : 8;
    return (uint8_t)(0xff00U >> bits & 0xff);
}

/* Whether the address, which is of the prefix's family, begins with its bits. */
static bool has_bits(const struct prefix *prefix, const struct ip *ip)
{
    size_t whole = prefix->length / 8;
    return memcmp(prefix->ip.bytes, ip->bytes, whole) == 0 &&
           (prefix->length % 8 == 0 || ((prefix->ip.bytes[whole] ^ ip->bytes[whole]) &
                                        prefix_mask(prefix->length, whole)) == 0);
}

struct kind_row {
    struct prefix prefix;
    enum ip_kind kind;
};

/* The IANA registries of special-purpose addresses; the first row that matches decides. Blocks that
 * the registries call globally reachable (AS112, AMT, the anycast addresses in 192.0.0.0/24 and
 * 2001::/23) are special too: each belongs to a service that many run, and no host is there. */
static const struct kind_row v4_kinds[] = {
    { V4(0, 0, 0, 0, 32), IP_UNSPECIFIED },
    { V4(0, 0, 0, 0, 8), IP_SPECIAL }, /* this network */
    { V4(10, 0, 0, 0, 8), IP_PRIVATE },
    { V4(100, 64, 0, 0, 10), IP_PRIVATE },  /* shared by carriers */
    { V4(127, 0, 0, 0, 8), IP_SPECIAL },    /* loopback */
    { V4(169, 254, 0, 0, 16), IP_SPECIAL }, /* link-local */
    { V4(172, 16, 0, 0, 12), IP_PRIVATE },
    { V4(192, 0, 0, 0, 24), IP_SPECIAL }, /* IETF protocol assignments */
    { V4(192, 0, 2, 0, 24), IP_DOCUMENTATION },
    { V4(192, 31, 196, 0, 24), IP_SPECIAL }, /* AS112 */
    { V4(192, 52, 193, 0, 24), IP_SPECIAL }, /* AMT */
    { V4(192, 88, 99, 0, 24), IP_SPECIAL },  /* 6to4 relays, deprecated */
    { V4(192, 168, 0, 0, 16), IP_PRIVATE },
    { V4(192, 175, 48, 0, 24), IP_SPECIAL }, /* AS112, direct delegation */
    { V4(198, 18, 0, 0, 15), IP_SPECIAL },   /* benchmarking */
    { V4(198, 51, 100, 0, 24), IP_DOCUMENTATION },
    { V4(203, 0, 113, 0, 24), IP_DOCUMENTATION },
    { V4(224, 0, 0, 0, 4), IP_SPECIAL }, /* multicast */
    { V4(240, 0, 0, 0, 4), IP_SPECIAL }, /* reserved, and the broadcast address */
};
static const struct kind_row v6_kinds[] = {
    { V6(128, 0), IP_UNSPECIFIED },
    { V6(23, 0x20, 0x01), IP_SPECIAL }, /* IETF assignments: Teredo, AMT, ORCHID, ... */
    { V6(32, 0x20, 0x01, 0x0d, 0xb8), IP_DOCUMENTATION },
    { V6(16, 0x20, 0x02), IP_SPECIAL },                         /* 6to4 */
    { V6(48, 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00), IP_SPECIAL }, /* AS112 */
    { V6(20, 0x3f, 0xff, 0x00), IP_DOCUMENTATION },
    { V6(7, 0xfc), IP_PRIVATE },
    /* All global unicast addresses are in 2000::/3. All others are special, without further rows:
     * loopback, mapped and compatible forms (::/96), NAT64 (64:ff9b::/96, 64:ff9b:1::/48),
     * discard and dummy (100::/64, 100:0:0:1::/64), segment routing (5f00::/16), link-local
     * (fe80::/10), site-local (fec0::/10), multicast (ff00::/8) and what is reserved. */
    { V6(3, 0x20), IP_GLOBAL },
    { V6(0, 0), IP_SPECIAL },
};

enum ip_kind ip_kind(struct ip ip)
{
    if (ip.family == IP_NONE)
        return IP_UNSPECIFIED;
    const struct kind_row *rows = ip.family == IP_V4 ? v4_kinds : v6_kinds;
    size_t count = ip.family == IP_V4 ? LENGTH_OF(v4_kinds) : LENGTH_OF(v6_kinds);
    for (size_t i = 0; i < count; i++)
        if (has_bits(&rows[i].prefix, &ip))
            return rows[i].kind;
    return IP_GLOBAL;
}

enum status prefix_parse(struct str text, struct prefix *out)
{
    size_t slash = str_find(text, '/');
    struct prefix prefix = { 0 };
    if (ip_parse(str_first(text, slash), &prefix.ip))
        return ERR_SYNTAX;

    bool is_v4 = prefix.ip.family == IP_V4;
    uint64_t length = is_v4 ? 32 : 128;
    if (slash < text.n) {
        struct str digits = str_from_at(text, slash + 1);
        bool mapped_form = is_v4 && str_find(text, ':') < text.n;
        bool padded = digits.n > 1 && digits.at[0] == '0';
        if (mapped_form || padded || str_to_u64(digits, length, &length))
            return ERR_SYNTAX;
    }
    prefix.length = (uint8_t)length;
    *out = prefix;
    return OK;
}

void prefix_format(struct prefix prefix, struct buf *out)
{
    if (prefix.ip.family == IP_NONE)
        return;
    ip_format(prefix.ip, out);
    buf_put_u8(out, '/');
    buf_put_decimal(out, prefix.length);
}

bool prefix_has(struct prefix prefix, struct ip ip)
{
    return prefix.ip.family == ip.family && ip.family != IP_NONE &&
           has_bits(&prefix, &ip);
}

bool prefixes_have(struct prefixes prefixes, struct ip ip)
{
    for (size_t i = 0; i < prefixes.count; i++) {
        if (prefix_has(prefixes.at[i], ip))
            return true;
    }
    return false;
}

struct prefix prefix_network(struct prefix prefix)
{
    for (size_t i = 0; i < sizeof(prefix.ip.bytes); i++)
        prefix.ip.bytes[i] &= prefix_mask(prefix.length, i);
    return prefix;
}

struct ip ip_compose(struct prefix prefix, struct ip rest)
{
    assert(prefix.ip.family == IP_V6 && rest.family == IP_V6);
    for (size_t i = 0; i < sizeof(rest.bytes); i++) {
        uint8_t mask = prefix_mask(prefix.length, i);
        rest.bytes[i] ^= (uint8_t)((prefix.ip.bytes[i] ^ rest.bytes[i]) & mask);
    }
    return rest;
}

enum status ip_parse_endpoint(struct str text, struct ip *ip_out, uint16_t *port_out)
{
    bool bracketed = str_starts(text, STR("["));
    size_t end = str_find(text, bracketed ? ']' : ':');
    struct str host =
        bracketed ? str_from_at(str_first(text, end), 1) : str_first(text, end);
    struct str rest = str_from_at(text, bracketed ? end + 1 : end);
    bool is_v6_text = str_find(host, ':') < host.n;

    struct ip ip = { 0 };
    uint64_t port = 0;
    if (!str_starts(rest, STR(":")) || bracketed != is_v6_text || ip_parse(host, &ip) ||
        str_to_u64(str_from_at(rest, 1), UINT16_MAX, &port))
        return ERR_SYNTAX;
    *ip_out = ip;
    *port_out = (uint16_t)port;
    return OK;
}
