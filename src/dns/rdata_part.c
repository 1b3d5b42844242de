// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/rdata_part.h"

#include <stdint.h>

#include "dns/name.h"

/* ----- bytes, names, strings ----- */

bool rdata_take(struct str *rest, size_t n, struct str *out)
{
    if (rest->n < n)
        return false;
    *out = str_first(*rest, n);
    *rest = str_from_at(*rest, n);
    return true;
}

bool rdata_take_name(struct str *rest)
{
    size_t n = 0;
    while (n < rest->n && n < NAME_SIZE) {
        size_t label = rdata_byte(*rest, n);
        n += 1 + label;
        if (label > LABEL_SIZE || n > rest->n || n > NAME_SIZE)
            return false;
        if (label == 0) {
            *rest = str_from_at(*rest, n);
            return true;
        }
    }
    return false;
}

bool rdata_take_string(struct str *rest, struct str *out)
{
    struct str length;
    return rdata_take(rest, 1, &length) && rdata_take(rest, rdata_byte(length, 0), out);
}

static bool take_u16(struct str *rest, uint16_t *out)
{
    struct str bytes;
    if (!rdata_take(rest, 2, &bytes))
        return false;
    *out = (uint16_t)(rdata_byte(bytes, 0) << 8 | rdata_byte(bytes, 1));
    return true;
}

static uint32_t get_u32(struct str bytes, size_t at)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++)
        value = value << 8 | (uint32_t)rdata_byte(bytes, at + i);
    return value;
}

/* ----- service parameters ----- */

enum {
    KEY_MANDATORY,
    KEY_ALPN,
    KEY_NO_DEFAULT_ALPN,
    KEY_PORT,
    KEY_V4,
    KEY_ECH,
    KEY_V6,
    KEY_PATH, /* of DNS over HTTPS (RFC 9461) */
};

/* Rising keys, not that of the list itself. */
static bool is_key_list(struct str value)
{
    uint16_t key = 0, before = KEY_MANDATORY;
    if (value.n == 0)
        return false;
    while (value.n > 0) {
        if (!take_u16(&value, &key) || key <= before)
            return false;
        before = key;
    }
    return true;
}

static bool is_protocol_list(struct str value)
{
    struct str protocol;
    while (rdata_take_string(&value, &protocol) && protocol.n > 0)
        if (value.n == 0)
            return true;
    return false;
}

static bool is_utf8(struct str value)
{
    size_t n = 1;
    while (value.n > 0 && n > 0) {
        n = str_utf8_first(value);
        value = str_from_at(value, n);
    }
    return n > 0;
}

static bool is_value(uint16_t key, struct str value)
{
    switch (key) {
    case KEY_MANDATORY:
        return is_key_list(value);
    case KEY_ALPN:
        return is_protocol_list(value);
    case KEY_NO_DEFAULT_ALPN:
        return value.n == 0;
    case KEY_PORT:
        return value.n == 2;
    case KEY_V4:
        return value.n > 0 && value.n % 4 == 0;
    case KEY_ECH:
        return value.n > 0;
    case KEY_V6:
        return value.n > 0 && value.n % 16 == 0;
    case KEY_PATH:
        return value.n > 0 && is_utf8(value);
    default:
        return key < UINT16_MAX;
    }
}

/* The mandatory keys still wanted begin with *wanted: they come in the same order. */
static bool strike_key(struct str *wanted, uint16_t key)
{
    struct str rest = *wanted;
    uint16_t next = 0;
    if (!take_u16(&rest, &next) || key < next)
        return true;
    *wanted = rest;
    return key == next;
}

bool rdata_take_parameters(struct str *rest)
{
    struct str wanted = { 0 }, value;
    uint16_t key = 0, n = 0;
    bool has_protocols = false;
    for (int before = -1; rest->n > 0; before = key) {
        if (!take_u16(rest, &key) || !take_u16(rest, &n) || !rdata_take(rest, n, &value))
            return false;
        if (key <= before || !is_value(key, value) || !strike_key(&wanted, key))
            return false;
        has_protocols = has_protocols || key == KEY_ALPN;
        if (key == KEY_NO_DEFAULT_ALPN && !has_protocols)
            return false;
        if (key == KEY_MANDATORY)
            wanted = value;
    }
    return wanted.n == 0;
}

/* ----- types ----- */

bool rdata_take_types(struct str *rest)
{
    struct str window, bits;
    for (int before = -1; rest->n > 0;) {
        if (!rdata_take(rest, 1, &window) || !rdata_take_string(rest, &bits))
            return false;
        if ((int)rdata_byte(window, 0) <= before || bits.n == 0 || bits.n > 32 ||
            rdata_byte(bits, bits.n - 1) == 0)
            return false;
        before = (int)rdata_byte(window, 0);
    }
    return true;
}

/* ----- addresses ----- */

enum {
    FAMILY_V4 = 1,
    FAMILY_V6 = 2,
    V4_SIZE = 4,
    V6_SIZE = 16,
    NEGATED = 0x80, /* of the length of an address */
};

static bool is_prefix(uint16_t family, size_t bits, struct str address)
{
    size_t most = family == FAMILY_V4 ? V4_SIZE : family == FAMILY_V6 ? V6_SIZE : 127;
    bool known = family == FAMILY_V4 || family == FAMILY_V6;
    return address.n <= most && (!known || bits <= most * 8) &&
           (address.n == 0 || rdata_byte(address, address.n - 1) != 0);
}

bool rdata_take_prefixes(struct str *rest)
{
    struct str head, address;
    uint16_t family = 0;
    while (rest->n > 0) {
        if (!take_u16(rest, &family) || !rdata_take(rest, 2, &head) ||
            !rdata_take(rest, rdata_byte(head, 1) & ~(size_t)NEGATED, &address) ||
            !is_prefix(family, rdata_byte(head, 0), address))
            return false;
    }
    return true;
}

/* Kind 0: nothing, 1: IPv4, 2: IPv6, 3: a name. */
static bool take_server(struct str *rest, size_t kind)
{
    struct str address;
    switch (kind) {
    case 0:
        return true;
    case 1:
        return rdata_take(rest, V4_SIZE, &address);
    case 2:
        return rdata_take(rest, V6_SIZE, &address);
    default:
        return kind == 3 && rdata_take_name(rest);
    }
}

bool rdata_take_gateway(struct str *rest)
{
    struct str head;
    return rdata_take(rest, 2, &head) && take_server(rest, rdata_byte(head, 0));
}

bool rdata_take_relay(struct str *rest)
{
    struct str head;
    if (!rdata_take(rest, 1, &head))
        return false;
    size_t kind = rdata_byte(head, 0) & 0x7f;
    if (kind <= 3)
        return take_server(rest, kind);
    rest->n = 0; /* to come: any data */
    return true;
}

bool rdata_take_suffix(struct str *rest)
{
    struct str head, address;
    if (!rdata_take(rest, 1, &head))
        return false;
    size_t bits = rdata_byte(head, 0);
    if (bits > (size_t)V6_SIZE * 8 || !rdata_take(rest, V6_SIZE - bits / 8, &address))
        return false;
    /* What the prefix has is zero. */
    if (address.n > 0 && (rdata_byte(address, 0) & ~(size_t)(0xff >> bits % 8)) != 0)
        return false;
    return bits == 0 || rdata_take_name(rest);
}

bool rdata_take_host_identity(struct str *rest)
{
    struct str head, part;
    uint16_t key = 0;
    if (!rdata_take(rest, 2, &head) || !take_u16(rest, &key))
        return false;
    size_t identity = rdata_byte(head, 0);
    if (identity == 0 || key == 0 || !rdata_take(rest, identity + key, &part))
        return false;
    while (rest->n > 0)
        if (!rdata_take_name(rest))
            return false;
    return true;
}

/* ----- places ----- */

enum {
    PLACE_SIZE = 16,
    DEGREE = 3600000, /* thousandths of a second of arc */
};
static const int64_t equator = 1LL << 31; /* and the prime meridian */

/* A digit but 0 and a power of ten; or 0. */
static bool is_size(size_t value)
{
    return value == 0 || ((value >> 4) > 0 && (value >> 4) <= 9 && (value & 0xf) <= 9);
}

static bool is_angle(uint32_t value, int64_t degrees)
{
    int64_t from_zero = (int64_t)value - equator;
    return from_zero >= -degrees * DEGREE && from_zero <= degrees * DEGREE;
}

bool rdata_take_place(struct str *rest)
{
    struct str place;
    if (!rdata_take(rest, PLACE_SIZE, &place))
        return false;
    if (rdata_byte(place, 0) != 0) /* a version to come */
        return true;
    return is_size(rdata_byte(place, 1)) && is_size(rdata_byte(place, 2)) &&
           is_size(rdata_byte(place, 3)) && is_angle(get_u32(place, 4), 90) &&
           is_angle(get_u32(place, 8), 180);
}
