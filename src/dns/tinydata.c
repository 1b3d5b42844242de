// SPDX-License-Identifier: GPL-3.0-or-later
/* A line is one character for its type and then fields with ':' between them. The first field
 * is the name; the TTL, a time stamp and a location follow the type's own fields. What a
 * field leaves out has a default. A backslash and up to three octal digits stand for any
 * byte, a backslash and another character for that character. */
#include "dns/tinydata.h"

#include "base/mem.h"

#include <string.h>

enum {
    FIELDS = 11, /* of a Z line, which has most */
    TTL_DEFAULT = 86400,
    TTL_NAME_SERVER = 259200,
    TTL_SOA = 2560,
    TTL_MAX = INT32_MAX, /* RFC 2181 8 */
    SOA_REFRESH = 16384,
    SOA_RETRY = 2048,
    SOA_EXPIRE = 1048576,
    SOA_MINIMUM = 2560,
    SOA_TIMES_SIZE = 20,
    TEXT_STRING_SIZE = 127,     /* where tinydns-data splits a TXT */
    RDATA_SERVED_MAX = 32752,   /* stock tinydns is silent about longer ones */
    ADDRESS_TEXT_SIZE = 4 * 20, /* reversed address with its zone */
};

/* A name in wire form as it was written: in rdata tinydns-data keeps the case. */
struct raw_name {
    uint8_t wire[NAME_SIZE];
    size_t n;
};

struct line {
    char type;
    struct str fields[FIELDS];
    size_t extra; /* number of the first field that is too many and not empty; 0: none */
    struct raw_name owner;
    struct ip ip; /* of lines that have an address in field 2 */
    uint32_t ttl_s;
    uint32_t soa_serial;
    tinydata_fn fn;
    void *ctx;
    struct error *err;
};

/* Takes one byte, which may be escaped, off *rest. */
static enum status take_byte(struct str *rest, uint8_t *out)
{
    uint8_t first = (uint8_t)rest->at[0];
    *rest = str_from_at(*rest, 1);
    if (first != '\\') {
        *out = first;
        return OK;
    }
    if (rest->n == 0)
        return ERR_SYNTAX;

    unsigned value = 0;
    size_t digits = 0;
    while (digits < 3 && digits < rest->n && rest->at[digits] >= '0' &&
           rest->at[digits] <= '7')
        value = value * 8 + (unsigned)(rest->at[digits++] - '0');
    if (value > UINT8_MAX)
        return ERR_SYNTAX;
    *out = digits > 0 ? (uint8_t)value : (uint8_t)rest->at[0];
    *rest = str_from_at(*rest, digits > 0 ? digits : 1);
    return OK;
}

/* The label before the next dot; all dots in front of it are skipped. An empty label is the
 * end. */
static enum status take_label(struct str *rest, uint8_t label[LABEL_SIZE], size_t *n_out)
{
    size_t n = 0;
    while (rest->n > 0 && (n == 0 || rest->at[0] != '.')) {
        if (rest->at[0] == '.') {
            *rest = str_from_at(*rest, 1);
            continue;
        }
        uint8_t byte = 0;
        if (take_byte(rest, &byte))
            return ERR_SYNTAX;
        if (n == LABEL_SIZE)
            return ERR_LIMIT;
        label[n++] = byte;
    }
    *n_out = n;
    return OK;
}

/* Appends the labels of `text` to `name`, without a root label. */
static enum status add_labels(struct str text, struct buf *name, struct error *err)
{
    struct str rest = text;
    while (rest.n > 0) {
        uint8_t label[LABEL_SIZE];
        size_t n = 0;
        enum status status = take_label(&rest, label, &n);
        if (status == ERR_LIMIT)
            return FAIL(err, status, "label of more than %d bytes in the name " STR_FMT,
                        LABEL_SIZE, STR_ARG(text));
        if (status)
            return FAIL(err, status, "bad escape in the name " STR_FMT, STR_ARG(text));
        if (n > 0) {
            buf_put_u8(name, (uint8_t)n);
            buf_put(name, str_bytes(label, n));
        }
    }
    return OK;
}

static enum status end_name(struct buf *wire, struct raw_name *out, struct error *err)
{
    buf_put_u8(wire, 0);
    if (wire->full)
        return FAIL(err, ERR_LIMIT, "a name of more than %d bytes", NAME_SIZE);
    out->n = wire->n;
    return OK;
}

static enum status read_name(struct str text, struct raw_name *out, struct error *err)
{
    struct buf wire = BUF_ON(out->wire);
    enum status status = add_labels(text, &wire, err);
    return status ? status : end_name(&wire, out, err);
}

/* The name of a server: with a dot in it as it stands, else below "`label`.OWNER". */
static enum status read_server(const struct line *line, struct str label,
                               struct raw_name *out)
{
    struct str text = line->fields[2];
    if (str_find(text, '.') < text.n)
        return read_name(text, out, line->err);

    const struct str parts[] = { text, label, line->fields[0] };
    struct buf wire = BUF_ON(out->wire);
    for (size_t i = 0; i < LENGTH_OF(parts); i++) {
        enum status status = add_labels(parts[i], &wire, line->err);
        if (status)
            return status;
    }
    return end_name(&wire, out, line->err);
}

/* A number, or `otherwise` for an empty field. */
static enum status read_number(const struct line *line, size_t field, uint32_t otherwise,
                               uint32_t max, uint32_t *out)
{
    struct str text = line->fields[field];
    uint64_t value = otherwise;
    enum status status = text.n == 0 ? OK : str_to_u64(text, max, &value);
    if (status == ERR_LIMIT)
        return FAIL(line->err, status, "field %zu: " STR_FMT " is more than %lu",
                    field + 1, STR_ARG(text), (unsigned long)max);
    if (status)
        return FAIL(line->err, status, "field %zu: not a number: " STR_FMT, field + 1,
                    STR_ARG(text));
    *out = (uint32_t)value;
    return OK;
}

enum address {
    ADDRESS_NONE,     /* field 2 is something else */
    ADDRESS_OPTIONAL, /* may be left out */
    ADDRESS_NEEDED,
};

static enum status read_address(struct line *line, enum address need)
{
    struct str text = line->fields[1];
    if (need == ADDRESS_NONE || (need == ADDRESS_OPTIONAL && text.n == 0))
        return OK;
    if (ip_parse(text, &line->ip) || line->ip.family != IP_V4)
        return FAIL(line->err, ERR_SYNTAX, "field 2: not an IPv4 address: " STR_FMT,
                    STR_ARG(text));
    return OK;
}

/* Bytes of a data field without their escapes. `out` has room for text.n bytes. */
static enum status read_data(struct str text, struct buf *out, struct error *err)
{
    struct str rest = text;
    while (rest.n > 0) {
        uint8_t byte = 0;
        if (take_byte(&rest, &byte))
            return FAIL(err, ERR_SYNTAX, "bad escape in the data");
        buf_put_u8(out, byte);
    }
    return OK;
}

static enum status emit(const struct line *line, const struct raw_name *owner,
                        uint16_t type, uint32_t ttl_s, struct str rdata)
{
    struct str wire = str_bytes(owner->wire, owner->n);
    struct record record = { .type = type, .ttl_s = ttl_s, .rdata = rdata };
    record.wildcard = str_starts(wire, STR("\001*"));
    if (record.wildcard)
        wire = str_from_at(wire, 2);
    if (name_decode(wire, &record.owner))
        return FAIL(line->err, ERR_SYNTAX,
                    "not a name"); /* read_name() makes none such */
    if (rdata.n > RDATA_SERVED_MAX)
        return FAIL(line->err, ERR_LIMIT, "data of %zu bytes; tinydns serves %d", rdata.n,
                    RDATA_SERVED_MAX);
    return line->fn(line->ctx, &record, line->err);
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
    return emit(line, owner, RR_A, line->ttl_s, ip_bytes(&line->ip));
}

/* +fqdn:ip:ttl:stamp:location */
static enum status parse_address(const struct line *line)
{
    return emit_address(line, &line->owner);
}

/* =fqdn:ip:ttl:stamp:location: the address and the way back. */
static enum status parse_host(const struct line *line)
{
    enum status status = emit_address(line, &line->owner);
    if (status)
        return status;

    char text[ADDRESS_TEXT_SIZE];
    struct buf reversed = BUF_ON(text);
    const uint8_t *bytes = line->ip.bytes;
    buf_printf(&reversed, "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2], bytes[1],
               bytes[0]);
    struct raw_name owner = { .n = 0 };
    status = read_name(buf_str(&reversed), &owner, line->err);
    return status ? status : emit_name(line, &owner, RR_PTR, &line->owner);
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
    /* A name server line with a TTL of 0 makes an SOA of the same. */
    uint32_t ttl_s = line->type == '.' && line->ttl_s > 0 ? TTL_SOA : line->ttl_s;
    return emit(line, &line->owner, RR_SOA, ttl_s, buf_str(&rdata));
}

/* .fqdn:ip:x:ttl:stamp:location: an SOA and what & makes. */
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
    status = end_name(&wire, &rname, line->err);
    const uint32_t numbers[] = { line->soa_serial, SOA_REFRESH, SOA_RETRY, SOA_EXPIRE,
                                 SOA_MINIMUM };
    if (!status)
        status = emit_soa(line, &mname, &rname, numbers);
    return status ? status : parse_delegation(line);
}

/* Zfqdn:mname:rname:serial:refresh:retry:expire:minimum:ttl:stamp:location */
static enum status parse_soa(const struct line *line)
{
    const struct {
        uint32_t otherwise, max;
    } limits[] = { { line->soa_serial, UINT32_MAX },
                   { SOA_REFRESH, UINT32_MAX },
                   { SOA_RETRY, UINT32_MAX },
                   { SOA_EXPIRE, UINT32_MAX },
                   { SOA_MINIMUM, TTL_MAX } };
    uint32_t numbers[LENGTH_OF(limits)];
    for (size_t i = 0; i < LENGTH_OF(limits); i++) {
        enum status status =
            read_number(line, 3 + i, limits[i].otherwise, limits[i].max, &numbers[i]);
        if (status)
            return status;
    }
    struct raw_name mname = { .n = 0 }, rname = { .n = 0 };
    enum status status = read_name(line->fields[1], &mname, line->err);
    if (!status)
        status = read_name(line->fields[2], &rname, line->err);
    return status ? status : emit_soa(line, &mname, &rname, numbers);
}

/* @fqdn:ip:x:dist:ttl:stamp:location */
static enum status parse_mail(const struct line *line)
{
    uint32_t distance = 0;
    struct raw_name server = { .n = 0 };
    enum status status = read_number(line, 3, 0, UINT16_MAX, &distance);
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

/* Cfqdn:target:ttl:stamp:location */
static enum status parse_alias(const struct line *line)
{
    struct raw_name target = { .n = 0 };
    enum status status = read_name(line->fields[1], &target, line->err);
    return status ? status : emit_name(line, &line->owner, RR_CNAME, &target);
}

/* 'fqdn:text:ttl:stamp:location */
static enum status parse_text(const struct line *line)
{
    struct str text = line->fields[1];
    CLEANUP(mem_freep) void *plain_space = mem_new(text.n + 1);
    struct buf plain = buf_on(plain_space, text.n);
    enum status status = read_data(text, &plain, line->err);
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

/* Types that have a line of their own, or that are questions and never data. */
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
    enum status status = read_number(line, 1, 0, UINT16_MAX, &type);
    if (status)
        return status;
    if (is_forbidden(type))
        return FAIL(line->err, ERR_SYNTAX, "field 2: type %u cannot be given this way",
                    (unsigned)type);

    struct str text = line->fields[2];
    CLEANUP(mem_freep) void *space = mem_new(text.n + 1);
    struct buf rdata = buf_on(space, text.n);
    status = read_data(text, &rdata, line->err);
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
    { '@', 4, TTL_DEFAULT, ADDRESS_OPTIONAL, parse_mail },
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

/* What tinydns-data would pass over after the type's own fields, or we cannot do. */
static enum status check_rest(const struct line *line, size_t ttl_field)
{
    static const char *const later[] = { "time stamp", "location" };
    for (size_t i = 0; i < LENGTH_OF(later); i++) {
        size_t field = ttl_field + 1 + i;
        if (line->fields[field].n > 0)
            return FAIL(line->err, ERR_SYNTAX, "field %zu: a %s is not supported yet",
                        field + 1, later[i]);
    }
    if (line->extra > 0)
        return FAIL(line->err, ERR_SYNTAX, "field %zu: a %c line has %zu fields",
                    line->extra, line->type, ttl_field + 3);
    return OK;
}

/* What all lines have, checked before any record goes out. */
static enum status read_common(struct line *line, const struct shape *shape)
{
    enum status status = read_name(line->fields[0], &line->owner, line->err);
    if (!status)
        status = read_address(line, shape->address);
    if (!status)
        status = read_number(line, shape->ttl_field, shape->ttl_s, TTL_MAX, &line->ttl_s);
    return status ? status : check_rest(line, shape->ttl_field);
}

static struct str drop_blanks(struct str line)
{
    while (line.n > 0 && memchr(" \t\n", line.at[line.n - 1], 3))
        line.n--;
    return line;
}

enum status tinydata_parse_line(struct str text, uint32_t soa_serial, tinydata_fn fn,
                                void *ctx, struct error *err)
{
    struct str whole = drop_blanks(text);
    if (whole.n == 0 || whole.at[0] == '#' || whole.at[0] == '-')
        return OK;
    if (whole.at[whole.n - 1] == '\r')
        return FAIL(err, ERR_SYNTAX, "the line ends with a carriage return");
    const struct shape *shape = find_shape(whole.at[0]);
    if (!shape)
        return FAIL(err, ERR_SYNTAX, "unknown line type '%c'", whole.at[0]);

    struct line line = {
        .type = shape->type, .soa_serial = soa_serial, .fn = fn, .ctx = ctx, .err = err
    };
    split_fields(str_from_at(whole, 1), &line, shape->ttl_field + 3U);
    enum status status = read_common(&line, shape);
    return status ? status : shape->parse(&line);
}

enum status tinydata_parse(const char *file, struct str text, uint32_t soa_serial,
                           tinydata_fn fn, void *ctx, struct error *err)
{
    size_t number = 0;
    for (struct str rest = text, line; str_next(&rest, '\n', &line);) {
        number++;
        enum status status = tinydata_parse_line(line, soa_serial, fn, ctx, err);
        if (status) {
            error_prefix(err, "%s:%zu", file, number);
            return status;
        }
    }
    return OK;
}
