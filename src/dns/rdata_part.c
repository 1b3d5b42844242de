// SPDX-License-Identifier: GPL-3.0-or-later
/* Checks the parts of record data that have rules of their own: names and strings, the parameters
 * of services, lists of types, prefixes, gateways and places. */
#include "dns/rdata_part.h"

#include <stdint.h>

#include "dns/name.h"

/* ----- bytes, names, strings ----- */

bool rdata_take_name(struct reader *in)
{
    size_t n = 0, label = 0;
    do {
        label = reader_u8(in);
        n += 1 + label;
        if (label > LABEL_SIZE || n > NAME_SIZE)
            return false;
        (void)reader_bytes(in, label);
    } while (label > 0);
    return true;
}

struct str rdata_take_string(struct reader *in)
{
    size_t n = reader_u8(in);
    return reader_bytes(in, n);
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

/* Whether the value is a list of keys: they rise, and the key of the list itself is not among
 * them. */
static bool is_key_list(struct str value)
{
    struct reader keys = reader_on(value);
    uint16_t before = KEY_MANDATORY;
    while (keys.rest.n > 0) {
        uint16_t key = reader_u16(&keys);
        if (key <= before)
            return false;
        before = key;
    }
    return value.n > 0;
}

static bool is_protocol_list(struct str value)
{
    struct reader protocols = reader_on(value);
    while (protocols.rest.n > 0)
        if (rdata_take_string(&protocols).n == 0)
            return false;
    return value.n > 0;
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

/* Strikes the key off *wanted, the mandatory keys that have not come yet: both are in the same
 * order. False: a mandatory key is missing. */
static bool strike_key(struct str *wanted, uint16_t key)
{
    struct reader keys = reader_on(*wanted);
    uint16_t next = reader_u16(&keys);
    if (keys.failed || key < next)
        return true;
    *wanted = keys.rest;
    return key == next;
}

bool rdata_take_parameters(struct reader *in)
{
    struct str wanted = { 0 };
    uint16_t key = 0;
    bool has_protocols = false;
    for (int before = -1; in->rest.n > 0; before = key) {
        key = reader_u16(in);
        size_t n = reader_u16(in);
        struct str value = reader_bytes(in, n);
        if (in->failed || key <= before || !is_value(key, value) ||
            !strike_key(&wanted, key))
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

bool rdata_take_types(struct reader *in)
{
    for (int window, before = -1; in->rest.n > 0; before = window) {
        window = reader_u8(in);
        struct str bits = rdata_take_string(in);
        if (window <= before || bits.n == 0 || bits.n > 32 ||
            rdata_byte(bits, bits.n - 1) == 0)
            return false;
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

bool rdata_take_prefixes(struct reader *in)
{
    while (in->rest.n > 0) {
        uint16_t family = reader_u16(in);
        size_t bits = reader_u8(in);
        size_t n = reader_u8(in) & ~(size_t)NEGATED;
        if (!is_prefix(family, bits, reader_bytes(in, n)))
            return false;
    }
    return true;
}

/* Takes a server of a kind: 0 is nothing, 1 is IPv4, 2 is IPv6, 3 is a name. */
static bool take_server(struct reader *in, size_t kind)
{
    switch (kind) {
    case 0:
        return true;
    case 1:
        (void)reader_bytes(in, V4_SIZE);
        return true;
    case 2:
        (void)reader_bytes(in, V6_SIZE);
        return true;
    default:
        return kind == 3 && rdata_take_name(in);
    }
}

bool rdata_take_gateway(struct reader *in)
{
    size_t kind = reader_u8(in);
    (void)reader_u8(in); /* the algorithm */
    return take_server(in, kind);
}

bool rdata_take_relay(struct reader *in)
{
    size_t kind = reader_u8(in) & 0x7f;
    if (kind <= 3)
        return take_server(in, kind);
    (void)reader_rest(in); /* a kind of the future may have any data */
    return true;
}

bool rdata_take_suffix(struct reader *in)
{
    size_t bits = reader_u8(in);
    if (bits > (size_t)V6_SIZE * 8)
        return false;
    struct str address = reader_bytes(in, V6_SIZE - bits / 8);
    /* The bits that the prefix gives must be zero. */
    if (address.n > 0 && (rdata_byte(address, 0) & ~(size_t)(0xff >> bits % 8)) != 0)
        return false;
    return bits == 0 || rdata_take_name(in);
}

bool rdata_take_host_identity(struct reader *in)
{
    size_t identity = reader_u8(in);
    (void)reader_u8(in); /* the algorithm */
    size_t key = reader_u16(in);
    if (identity == 0 || key == 0)
        return false;
    (void)reader_bytes(in, identity + key);
    while (in->rest.n > 0)
        if (!rdata_take_name(in))
            return false;
    return true;
}

/* ----- places ----- */

enum {
    PLACE_SIZE = 16,
    DEGREE = 3600000, /* thousandths of a second of arc */
};
static const int64_t equator = 1LL << 31; /* and the prime meridian */

/* Whether the value is 0, or a digit from 1 to 9 and a power of ten. */
static bool is_size(size_t value)
{
    return value == 0 || ((value >> 4) > 0 && (value >> 4) <= 9 && (value & 0xf) <= 9);
}

static bool is_angle(uint32_t value, int64_t degrees)
{
    int64_t from_zero = (int64_t)value - equator;
    return from_zero >= -degrees * DEGREE && from_zero <= degrees * DEGREE;
}

bool rdata_take_place(struct reader *in)
{
    struct reader place = reader_on(reader_bytes(in, PLACE_SIZE));
    if (reader_u8(&place) != 0) /* a version of the future */
        return true;
    for (int i = 0; i < 3; i++) /* of the place and of its two precisions */
        if (!is_size(reader_u8(&place)))
            return false;
    return is_angle(reader_u32(&place), 90) && is_angle(reader_u32(&place), 180);
}
