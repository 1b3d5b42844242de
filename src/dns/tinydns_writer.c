// SPDX-License-Identifier: GPL-3.0-or-later
/* Writes a record as the tinydns data line that makes it and nothing else. Each kind of record has
 * its letter; all others become ":" lines. */
#include "dns/tinydns_writer.h"

#include <inttypes.h>
#include <string.h>

#include "base/reader.h"

enum {
    TEXT_STRING_SIZE = 127, /* where tinydns-data splits a TXT */
    SOA_NUMBERS = 5,
};

/* ----- fields ----- */

static void put_byte(struct buf *out, uint8_t byte, const char *special)
{
    if (byte < ' ' || byte > '~' || strchr(special, byte))
        buf_printf(out, "\\%03o", (unsigned)byte);
    else
        buf_put_u8(out, byte);
}

static void put_data(struct buf *out, struct str data)
{
    for (size_t i = 0; i < data.n; i++)
        put_byte(out, (uint8_t)data.at[i], ":\\");
}

/* Writes a name with a dot behind every label; the root is one dot. Without any dot a server's name
 * would be read as the first label of a longer one. */
static void put_name(struct buf *out, struct str wire)
{
    if (wire.n == 1)
        buf_put_u8(out, '.');
    for (size_t at = 0; at < wire.n && wire.at[at] != 0;) {
        size_t end = at + 1 + (uint8_t)wire.at[at];
        while (++at < end)
            put_byte(out, (uint8_t)wire.at[at], " .:\\");
        buf_put_u8(out, '.');
    }
}

/* Writes the line's letter and the owner. */
static void put_owner(struct buf *out, char letter, const struct record *record)
{
    buf_put_u8(out, (uint8_t)letter);
    if (record->wildcard)
        buf_put_text(out, name_is_root(&record->owner) ? "*" : "*.");
    put_name(out, name_bytes(&record->owner));
    out->n -= out->n > 0 && !name_is_root(&record->owner); /* without its last dot */
    buf_put_u8(out, ':');
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Writes a location. If the second byte is zero, the location has one letter. */
static void put_location(struct buf *out, const uint8_t location[2])
{
    size_t n = location[1] ? 2 : 1;
    buf_put(out, str_bytes(location, n));
}

/* Writes the TTL, the time stamp and the location, up to the last one that is set. If the line
 * would end with a blank, which readers drop, an empty field goes behind it. */
static void put_rest(struct buf *out, const struct record *record)
{
    bool located = record->location[0] || record->location[1];
    buf_printf(out, ":%" PRIu32, record->ttl_s);
    if (record->stamp || located)
        buf_put_u8(out, ':');
    if (record->stamp)
        buf_printf(out, "%016" PRIx64, record->stamp);
    if (located) {
        buf_put_u8(out, ':');
        put_location(out, record->location);
        if (is_blank(record->location[record->location[1] ? 1 : 0]))
            buf_put_u8(out, ':');
    }
    buf_put_u8(out, '\n');
}

/* ----- kinds of lines; false: the data do not have the layout of the type ----- */

/* The size of the name at the front of `wire`; 0: there is none. */
static size_t name_length(struct str wire)
{
    size_t at = 0;
    while (at < wire.n && wire.at[at] != 0)
        at += 1U + (uint8_t)wire.at[at];
    struct name name;
    return at < wire.n && name_decode(str_first(wire, at + 1), &name) == OK ? at + 1 : 0;
}

static bool is_name(struct str wire)
{
    size_t n = name_length(wire);
    return n > 0 && n == wire.n;
}

static bool put_address(struct buf *out, const struct record *record)
{
    struct ip ip;
    if (record->rdata.n != 4 || ip_from_bytes(record->rdata, &ip))
        return false;
    put_owner(out, '+', record);
    ip_format(ip, out);
    return true;
}

/* Writes lines like "&name::server"; `before` is the text between the owner and the target. */
static bool put_target(struct buf *out, const struct record *record, char letter,
                       const char *before)
{
    if (!is_name(record->rdata))
        return false;
    put_owner(out, letter, record);
    buf_put_text(out, before);
    put_name(out, record->rdata);
    return true;
}

static bool put_mail(struct buf *out, const struct record *record)
{
    struct str server = str_from_at(record->rdata, 2);
    if (!is_name(server))
        return false;
    put_owner(out, '@', record);
    buf_put_u8(out, ':');
    put_name(out, server);
    buf_printf(out, ":%u", read_u16(record->rdata.at));
    return true;
}

static bool put_soa(struct buf *out, const struct record *record)
{
    struct soa soa;
    if (soa_decode(record->rdata, &soa) || soa.minimum_s > TINYDNS_TTL_MAX)
        return false;
    /* The names keep their case here, unlike in soa_decode(). */
    size_t n = name_length(record->rdata);
    struct str rname = str_from_at(record->rdata, n);
    put_owner(out, 'Z', record);
    put_name(out, str_first(record->rdata, n));
    buf_put_u8(out, ':');
    put_name(out, str_first(rname, name_length(rname)));
    const uint32_t numbers[SOA_NUMBERS] = { soa.serial, soa.refresh_s, soa.retry_s,
                                            soa.expire_s, soa.minimum_s };
    for (size_t i = 0; i < SOA_NUMBERS; i++)
        buf_printf(out, ":%" PRIu32, numbers[i]);
    return true;
}

/* Whether the strings are split as a "'" line splits them: all except the last are full. */
static bool is_cut_as_text(struct str rdata)
{
    for (struct str rest = rdata; rest.n > 0;) {
        size_t n = (uint8_t)rest.at[0];
        bool last = rest.n == 1 + n;
        if (n == 0 || n > TEXT_STRING_SIZE || rest.n < 1 + n ||
            (!last && n < TEXT_STRING_SIZE))
            return false;
        rest = str_from_at(rest, 1 + n);
    }
    return true;
}

static void put_text(struct buf *out, const struct record *record)
{
    put_owner(out, '\'', record);
    for (struct str rest = record->rdata; rest.n > 0;) {
        size_t n = (uint8_t)rest.at[0];
        put_data(out, str_first(str_from_at(rest, 1), n));
        rest = str_from_at(rest, 1 + n);
    }
}

/* Whether a line can have the type: not those that occur only in messages. */
static bool is_sayable(uint16_t type)
{
    return type != 0 && type != RR_OPT && (type < 249 || type > RR_ANY);
}

static bool put_other(struct buf *out, const struct record *record)
{
    if (!is_sayable(record->type))
        return false;
    put_owner(out, ':', record);
    buf_printf(out, "%u:", (unsigned)record->type);
    put_data(out, record->rdata);
    return true;
}

static bool put_six(struct buf *out, const struct record *record, enum tinydns_form form)
{
    if (record->rdata.n != 16)
        return false;
    if (form == TINYDNS_STOCK)
        return put_other(out, record);
    put_owner(out, '3', record);
    buf_put_hex(out, record->rdata);
    return true;
}

static bool put_fields(struct buf *out, const struct record *record,
                       enum tinydns_form form)
{
    switch (record->type) {
    case RR_A:
        return put_address(out, record);
    case RR_AAAA:
        return put_six(out, record, form);
    case RR_NS:
        return put_target(out, record, '&', ":");
    case RR_CNAME:
        return put_target(out, record, 'C', "");
    case RR_PTR:
        return put_target(out, record, '^', "");
    case RR_MX:
        return put_mail(out, record);
    case RR_SOA:
        return put_soa(out, record);
    case RR_TXT:
        if (!is_cut_as_text(record->rdata))
            return put_other(out, record);
        put_text(out, record);
        return true;
    default:
        return put_other(out, record);
    }
}

/* ----- lines ----- */

static bool is_writable_location(const uint8_t location[2])
{
    for (size_t i = 0; i < 2; i++)
        if (location[i] == ':' || location[i] == '\n')
            return false;
    return true;
}

/* Whether a reader gets the same owner back: a name that itself begins with "*" would be read as a
 * wildcard. */
static bool is_writable_owner(const struct record *record)
{
    return record->wildcard || !str_equal(name_first_label(&record->owner), STR("*"));
}

enum status tinydns_put(const struct record *record, enum tinydns_form form,
                        struct buf *out, struct error *err)
{
    size_t before = out->n;
    bool fits = record->ttl_s <= TINYDNS_TTL_MAX && record->rdata.n <= TINYDNS_RDATA_MAX;
    if (fits && is_writable_owner(record) && is_writable_location(record->location) &&
        put_fields(out, record, form)) {
        put_rest(out, record);
        return OK;
    }
    if (!out->full)
        out->n = before;
    return FAIL(
        err, ERR_SYNTAX, "a record of type %u at %s%s cannot be written as tinydns data",
        (unsigned)record->type, record->wildcard ? "*." : "", name_text(&record->owner));
}

enum status tinydns_put_location(const struct location_rule *rule, struct buf *out,
                                 struct error *err)
{
    if (!is_writable_location(rule->location))
        return FAIL(err, ERR_SYNTAX, "a location with a colon or a line feed in it");
    buf_put_u8(out, '%');
    put_location(out, rule->location);
    buf_put_u8(out, ':');
    for (size_t i = 0; i < rule->prefix_n; i++)
        buf_printf(out, i ? ".%u" : "%u", rule->prefix[i]);
    buf_put_u8(out, '\n');
    return OK;
}
