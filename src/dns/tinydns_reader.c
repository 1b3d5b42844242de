// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads tinydns data. A line is one character for its type, and then fields with ':' between them.
 * The first field is the name. Behind the fields of the type come the TTL, a time stamp and a
 * location. An empty or missing field has a default. A backslash and up to three octal digits are
 * one byte; a backslash and another character are that character. */
#include "dns/tinydns_reader.h"

#include "base/mem.h"
#include "dns/tinydns_field.h"

#include <string.h>

enum {
    FIELDS = 11, /* a Z line has the most */
    LOCATION_FIELDS = 2,
    TTL_DEFAULT = 86400,
    TTL_NAME_SERVER = 259200,
    TTL_SOA = 2560,
    SOA_REFRESH = 16384,
    SOA_RETRY = 2048,
    SOA_EXPIRE = 1048576,
    SOA_MINIMUM = 2560,
    SOA_TIMES_SIZE = 20,
    TEXT_STRING_SIZE = 127,          /* where tinydns-data splits a TXT */
    ADDRESS_TEXT_SIZE = 4 * 16 + 16, /* reversed address with its zone */
};

struct line {
    char type;
    struct str fields[FIELDS];
    /* Number of the first field that is one too many and not empty; 0: none. */
    size_t extra;
    struct raw_name owner;
    struct ip ip; /* of lines with an address in field 2 */
    uint32_t ttl_s;
    uint64_t stamp;
    uint8_t location[2];
    uint32_t soa_serial;
    const struct record_sink *sink;
    struct error *err;
};

/* Reads the name of a server. If it has no dot, it is below "`label`.OWNER". */
static enum status read_server(const struct line *line, struct str label,
                               struct raw_name *out)
{
    struct str text = line->fields[2];
    if (str_find(text, '.') < text.n)
        return field_name(text, out, line->err);

    const struct str parts[] = { text, label, line->fields[0] };
    struct buf wire = BUF_ON(out->wire);
    for (size_t i = 0; i < LENGTH_OF(parts); i++) {
        enum status status = field_add_labels(parts[i], &wire, line->err);
        if (status)
            return status;
    }
    return field_end_name(&wire, out, line->err);
}

static enum status read_number(const struct line *line, size_t field,
                               struct field_number range, uint32_t *out)
{
    return field_number(line->fields[field], field + 1, range, out, line->err);
}

static const struct field_number any_u16 = { 0, UINT16_MAX };

enum address {
    ADDRESS_NONE,     /* field 2 is something else */
    ADDRESS_OPTIONAL, /* may be left out */
    ADDRESS_NEEDED,
    ADDRESS_V6, /* 32 hexadecimal digits */
};

static enum status read_address_v6(struct line *line)
{
    struct str text = line->fields[1];
    struct ip ip = { .family = IP_V6 };
    if (str_from_hex(text, ip.bytes, sizeof(ip.bytes)))
        return FAIL(line->err, ERR_SYNTAX,
                    "field 2: not an IPv6 address of 32 hexadecimal digits: " STR_FMT,
                    STR_ARG(text));
    line->ip = ip;
    return OK;
}

static enum status read_address(struct line *line, enum address need)
{
    struct str text = line->fields[1];
    if (need == ADDRESS_NONE || (need == ADDRESS_OPTIONAL && text.n == 0))
        return OK;
    /* tinydns-data then leaves out the address, and makes the line's other records. */
    if (need == ADDRESS_OPTIONAL && field_is_name_for_address(text))
        return OK;
    if (need == ADDRESS_V6)
        return read_address_v6(line);
    if (ip_parse(text, &line->ip) || line->ip.family != IP_V4)
        return FAIL(line->err, ERR_SYNTAX, "field 2: not an IPv4 address: " STR_FMT,
                    STR_ARG(text));
    return OK;
}

static enum status emit(const struct line *line, const struct raw_name *owner,
                        uint16_t type, uint32_t ttl_s, struct str rdata)
{
    struct str wire = str_bytes(owner->wire, owner->n);
    struct record record = {
        .type = type, .ttl_s = ttl_s, .rdata = rdata, .stamp = line->stamp
    };
    memcpy(record.location, line->location, sizeof(record.location));
    record.wildcard = str_starts(wire, STR("\001*"));
    if (record.wildcard)
        wire = str_from_at(wire, 2);
    if (name_decode(wire, &record.owner))
        return FAIL(line->err, ERR_SYNTAX, "not a name"); /* not after field_name() */
    if (rdata.n > TINYDNS_RDATA_MAX)
        return FAIL(line->err, ERR_LIMIT, "data of %zu bytes; tinydns serves %d", rdata.n,
                    TINYDNS_RDATA_MAX);
    return sink_record(line->sink, &record, line->err);
}

static enum status emit_name(const struct line *line, const struct raw_name *owner,
                             uint16_t type, const struct raw_name *target)
{
    return emit(line, owner, type, line->ttl_s, str_bytes(target->wire, target->n));
}

static enum status emit_address(const struct line *line, const struct raw_name *owner)
{
    if (line->ip.family == IP_NONE)
        return OK;
    uint16_t type = line->ip.family == IP_V4 ? RR_A : RR_AAAA;
    return emit(line, owner, type, line->ttl_s, ip_bytes(&line->ip));
}

/* +fqdn:ip:ttl:stamp:location and, for IPv6, 3 */
static enum status parse_address(const struct line *line)
{
    return emit_address(line, &line->owner);
}

/* Gives the PTR record from the address to the owner. */
static enum status emit_reverse(const struct line *line)
{
    char text[ADDRESS_TEXT_SIZE];
    struct buf reversed = BUF_ON(text);
    struct str bytes = ip_bytes(&line->ip);
    for (size_t i = bytes.n; i-- > 0;) {
        unsigned byte = (uint8_t)bytes.at[i];
        if (line->ip.family == IP_V4)
            buf_printf(&reversed, "%u.", byte);
        else
            buf_printf(&reversed, "%x.%x.", byte & 0xf, byte >> 4);
    }
    buf_put_text(&reversed, line->ip.family == IP_V4 ? "in-addr.arpa" : "ip6.arpa");
    struct raw_name owner = { .n = 0 };
    enum status status = field_name(buf_str(&reversed), &owner, line->err);
    return status ? status : emit_name(line, &owner, RR_PTR, &line->owner);
}

/* =fqdn:ip:ttl:stamp:location and, for IPv6, 6: the address and its PTR. */
static enum status parse_host(const struct line *line)
{
    enum status status = emit_address(line, &line->owner);
    return status ? status : emit_reverse(line);
}

/* &fqdn:ip:x:ttl:stamp:location */
static enum status parse_delegation(const struct line *line)
{
    struct raw_name server = { .n = 0 };
    enum status status = read_server(line, STR("ns"), &server);
    if (!status)
        status = emit_name(line, &line->owner, RR_NS, &server);
    return status ? status : emit_address(line, &server);
}

static enum status emit_soa(const struct line *line, const struct raw_name *mname,
                            const struct raw_name *rname, const uint32_t numbers[5])
{
    uint8_t space[2 * NAME_SIZE + SOA_TIMES_SIZE];
    struct buf rdata = BUF_ON(space);
    buf_put(&rdata, str_bytes(mname->wire, mname->n));
    buf_put(&rdata, str_bytes(rname->wire, rname->n));
    for (size_t i = 0; i < 5; i++)
        buf_put_u32(&rdata, numbers[i]);
    /* The SOA of a line with a TTL of 0 has that TTL, too. */
    uint32_t ttl_s = line->type == '.' && line->ttl_s > 0 ? TTL_SOA : line->ttl_s;
    return emit(line, &line->owner, RR_SOA, ttl_s, buf_str(&rdata));
}

/* .fqdn:ip:x:ttl:stamp:location: an SOA, and the records of a & line. */
static enum status parse_zone(const struct line *line)
{
    struct raw_name mname = { .n = 0 };
    enum status status = read_server(line, STR("ns"), &mname);
    if (status)
        return status;

    struct raw_name rname = { .n = 0 };
    struct buf wire = BUF_ON(rname.wire);
    buf_put_text(&wire, "\012hostmaster");
    buf_put(&wire, str_bytes(line->owner.wire, line->owner.n - 1));
    status = field_end_name(&wire, &rname, line->err);
    const uint32_t numbers[] = { line->soa_serial, SOA_REFRESH, SOA_RETRY, SOA_EXPIRE,
                                 SOA_MINIMUM };
    if (!status)
        status = emit_soa(line, &mname, &rname, numbers);
    return status ? status : parse_delegation(line);
}

/* Zfqdn:mname:rname:serial:refresh:retry:expire:minimum:ttl:stamp:location */
static enum status parse_soa(const struct line *line)
{
    const struct field_number limits[] = { { line->soa_serial, UINT32_MAX },
                                           { SOA_REFRESH, UINT32_MAX },
                                           { SOA_RETRY, UINT32_MAX },
                                           { SOA_EXPIRE, UINT32_MAX },
                                           { SOA_MINIMUM, TINYDNS_TTL_MAX } };
    uint32_t numbers[LENGTH_OF(limits)];
    for (size_t i = 0; i < LENGTH_OF(limits); i++) {
        enum status status = read_number(line, 3 + i, limits[i], &numbers[i]);
        if (status)
            return status;
    }
    struct raw_name mname = { .n = 0 }, rname = { .n = 0 };
    enum status status = field_name(line->fields[1], &mname, line->err);
    if (!status)
        status = field_name(line->fields[2], &rname, line->err);
    return status ? status : emit_soa(line, &mname, &rname, numbers);
}

/* @fqdn:ip:x:dist:ttl:stamp:location */
static enum status parse_mail(const struct line *line)
{
    uint32_t distance = 0;
    struct raw_name server = { .n = 0 };
    enum status status = read_number(line, 3, any_u16, &distance);
    if (!status)
        status = read_server(line, STR("mx"), &server);
    if (status)
        return status;

    uint8_t space[2 + NAME_SIZE];
    struct buf rdata = BUF_ON(space);
    buf_put_u16(&rdata, (uint16_t)distance);
    buf_put(&rdata, str_bytes(server.wire, server.n));
    status = emit(line, &line->owner, RR_MX, line->ttl_s, buf_str(&rdata));
    return status ? status : emit_address(line, &server);
}

/* Sfqdn:ip:x:port:priority:weight:ttl:stamp:location, Debian's addition */
static enum status parse_service(const struct line *line)
{
    uint32_t port = 0, priority = 0, weight = 0;
    struct raw_name server = { .n = 0 };
    if (line->fields[3].n == 0)
        return FAIL(line->err, ERR_SYNTAX, "field 4: the port is missing");
    enum status status = read_number(line, 3, any_u16, &port);
    if (!status)
        status = read_number(line, 4, any_u16, &priority);
    if (!status)
        status = read_number(line, 5, any_u16, &weight);
    if (!status)
        status = read_server(line, STR("srv"), &server);
    if (status)
        return status;

    uint8_t space[6 + NAME_SIZE];
    struct buf rdata = BUF_ON(space);
    buf_put_u16(&rdata, (uint16_t)priority);
    buf_put_u16(&rdata, (uint16_t)weight);
    buf_put_u16(&rdata, (uint16_t)port);
    buf_put(&rdata, str_bytes(server.wire, server.n));
    status = emit(line, &line->owner, RR_SRV, line->ttl_s, buf_str(&rdata));
    return status ? status : emit_address(line, &server);
}

static enum status emit_target(const struct line *line, uint16_t type)
{
    struct raw_name target = { .n = 0 };
    enum status status = field_name(line->fields[1], &target, line->err);
    return status ? status : emit_name(line, &line->owner, type, &target);
}

/* Cfqdn:target:ttl:stamp:location */
static enum status parse_alias(const struct line *line)
{
    return emit_target(line, RR_CNAME);
}

/* ^fqdn:target:ttl:stamp:location */
static enum status parse_pointer(const struct line *line)
{
    return emit_target(line, RR_PTR);
}

/* 'fqdn:text:ttl:stamp:location */
static enum status parse_text(const struct line *line)
{
    struct str text = line->fields[1];
    CLEANUP(mem_freep) void *plain_space = mem_new(text.n + 1);
    struct buf plain = buf_on(plain_space, text.n);
    enum status status = field_data(text, &plain, line->err);
    if (status)
        return status;

    size_t n = plain.n + plain.n / TEXT_STRING_SIZE + 1;
    CLEANUP(mem_freep) void *space = mem_new(n);
    struct buf rdata = buf_on(space, n);
    for (struct str rest = buf_str(&plain); rest.n > 0;) {
        struct str part = str_first(rest, TEXT_STRING_SIZE);
        buf_put_u8(&rdata, (uint8_t)part.n);
        buf_put(&rdata, part);
        rest = str_from_at(rest, part.n);
    }
    return emit(line, &line->owner, RR_TXT, line->ttl_s, buf_str(&rdata));
}

/* Whether no ":" line may have the type: it has a line of its own, or it occurs only in
 * questions. */
static bool is_forbidden(uint32_t type)
{
    static const uint16_t types[] = { 0, RR_NS, RR_CNAME, RR_SOA, RR_PTR, RR_MX, RR_OPT };
    for (size_t i = 0; i < LENGTH_OF(types); i++)
        if (types[i] == type)
            return true;
    return type >= 249 && type <= RR_ANY;
}

/* :fqdn:type:data:ttl:stamp:location */
static enum status parse_other(const struct line *line)
{
    uint32_t type = 0;
    enum status status = read_number(line, 1, any_u16, &type);
    if (status)
        return status;
    if (is_forbidden(type))
        return FAIL(line->err, ERR_SYNTAX, "field 2: type %u cannot be given this way",
                    (unsigned)type);

    struct str text = line->fields[2];
    CLEANUP(mem_freep) void *space = mem_new(text.n + 1);
    struct buf rdata = buf_on(space, text.n);
    status = field_data(text, &rdata, line->err);
    if (status)
        return status;
    size_t fixed = type == RR_A ? 4 : type == RR_AAAA ? 16 : rdata.n;
    if (rdata.n != fixed)
        return FAIL(line->err, ERR_SYNTAX, "field 3: an address of %zu bytes", rdata.n);
    return emit(line, &line->owner, (uint16_t)type, line->ttl_s, buf_str(&rdata));
}

static const struct shape {
    char type;
    uint8_t ttl_field; /* the time stamp and the location follow it */
    uint32_t ttl_s;    /* when the field is empty */
    enum address address;
    enum status (*parse)(const struct line *line);
} shapes[] = {
    { '.', 3, TTL_NAME_SERVER, ADDRESS_OPTIONAL, parse_zone },
    { '&', 3, TTL_NAME_SERVER, ADDRESS_OPTIONAL, parse_delegation },
    { '=', 2, TTL_DEFAULT, ADDRESS_NEEDED, parse_host },
    { '+', 2, TTL_DEFAULT, ADDRESS_NEEDED, parse_address },
    { '3', 2, TTL_DEFAULT, ADDRESS_V6, parse_address },
    { '6', 2, TTL_DEFAULT, ADDRESS_V6, parse_host },
    { '@', 4, TTL_DEFAULT, ADDRESS_OPTIONAL, parse_mail },
    { 'S', 6, TTL_DEFAULT, ADDRESS_OPTIONAL, parse_service },
    { '^', 2, TTL_DEFAULT, ADDRESS_NONE, parse_pointer },
    { '\'', 2, TTL_DEFAULT, ADDRESS_NONE, parse_text },
    { 'C', 2, TTL_DEFAULT, ADDRESS_NONE, parse_alias },
    { 'Z', 8, TTL_SOA, ADDRESS_NONE, parse_soa },
    { ':', 3, TTL_DEFAULT, ADDRESS_NONE, parse_other },
};

static const struct shape *find_shape(char type)
{
    for (size_t i = 0; i < LENGTH_OF(shapes); i++)
        if (shapes[i].type == type)
            return &shapes[i];
    return NULL;
}

static void split_fields(struct str rest, struct line *line, size_t allowed)
{
    size_t count = 0;
    for (struct str field; str_next(&rest, ':', &field); count++)
        if (count < allowed)
            line->fields[count] = field;
        else if (field.n > 0 && line->extra == 0)
            line->extra = count + 1;
}

/* Refuses further fields, which tinydns-data would silently skip. */
static enum status check_extra(const struct line *line, size_t allowed)
{
    if (line->extra == 0)
        return OK;
    return FAIL(line->err, ERR_SYNTAX, "field %zu: a %c line has %zu fields", line->extra,
                line->type, allowed);
}

/* Reads the fields that all lines have, before any record is given. */
static enum status read_common(struct line *line, const struct shape *shape)
{
    size_t ttl = shape->ttl_field;
    enum status status = field_name(line->fields[0], &line->owner, line->err);
    if (!status)
        status = read_address(line, shape->address);
    if (!status)
        status =
            read_number(line, ttl, (struct field_number){ shape->ttl_s, TINYDNS_TTL_MAX },
                        &line->ttl_s);
    if (!status)
        status = field_stamp(line->fields[ttl + 1], ttl + 2, &line->stamp, line->err);
    if (!status)
        status =
            field_location(line->fields[ttl + 2], ttl + 3, line->location, line->err);
    return status ? status : check_extra(line, ttl + 3);
}

/* %location:prefix */
static enum status parse_location(struct line *line, struct str fields)
{
    struct location_rule rule = { .prefix_n = 0 };
    split_fields(fields, line, LOCATION_FIELDS);
    enum status status = field_location(line->fields[0], 1, rule.location, line->err);
    if (!status)
        status = field_prefix(line->fields[1], 2, rule.prefix, &rule.prefix_n, line->err);
    if (!status)
        status = check_extra(line, LOCATION_FIELDS);
    return status ? status : sink_location(line->sink, &rule, line->err);
}

static struct str drop_blanks(struct str line)
{
    while (line.n > 0 && memchr(" \t\n", line.at[line.n - 1], 3))
        line.n--;
    return line;
}

enum status tinydns_parse_line(struct str text, uint32_t soa_serial,
                               const struct record_sink *sink, struct error *err)
{
    struct str whole = drop_blanks(text);
    if (whole.n == 0 || whole.at[0] == '#' || whole.at[0] == '-')
        return OK;
    if (whole.at[whole.n - 1] == '\r')
        return FAIL(err, ERR_SYNTAX, "the line ends with a carriage return");
    struct line line = {
        .type = whole.at[0], .soa_serial = soa_serial, .sink = sink, .err = err
    };
    if (line.type == '%')
        return parse_location(&line, str_from_at(whole, 1));
    const struct shape *shape = find_shape(line.type);
    if (!shape)
        return FAIL(err, ERR_SYNTAX, "unknown line type '%c'", line.type);
    split_fields(str_from_at(whole, 1), &line, shape->ttl_field + 3U);
    enum status status = read_common(&line, shape);
    return status ? status : shape->parse(&line);
}

enum status tinydns_parse(const char *file, struct str text, uint32_t soa_serial,
                          const struct record_sink *sink, struct error *err)
{
    size_t number = 0;
    for (struct str rest = text, line; str_next(&rest, '\n', &line);) {
        number++;
        enum status status = tinydns_parse_line(line, soa_serial, sink, err);
        if (status) {
            error_prefix(err, "%s:%zu", file, number);
            return status;
        }
    }
    return OK;
}
