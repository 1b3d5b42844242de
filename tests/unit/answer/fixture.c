// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dns/message.h"
#include "dns/record.h"
#include "dns/tinydns_reader.h"
#include "image/draft.h"
#include "image/writer.h"

enum {
    POINTER_BITS = 0xc0,
    POINTERS_MAX = 64,
    COUNTS_AT = 4
};

/* ----- folders and images ----- */

void folder_init(struct folder *folder)
{
    *folder = (struct folder){ .path = "/tmp/rove-answer-XXXXXX" };
    CHECK(mkdtemp(folder->path) != NULL);
}

const char *folder_file(const struct folder *folder, const char *name)
{
    static char paths[4][128];
    static unsigned next;
    struct buf out = BUF_ON(paths[next]);
    next = (next + 1) % LENGTH_OF(paths);
    buf_printf(&out, "%s/%s", folder->path, name);
    return buf_text(&out);
}

void folder_done(struct folder *folder)
{
    (void)unlink(folder_file(folder, "data.cdb"));
    CHECK(rmdir(folder->path) == 0);
}

struct lines {
    const char *text;
    const struct record_sink *sink;
};

static enum status walk_line(const struct lines *lines, struct str line,
                             struct error *err)
{
    if (line.n == 0 || line.at[0] != '!')
        return tinydns_parse_line(line, 1, lines->sink, err);
    struct record record = { .wildcard = str_starts(line, STR("!*.")) };
    struct str name = str_from_at(line, record.wildcard ? 3 : 1);
    enum status status = name_parse(name, &record.owner, err);
    return status ? status : sink_record(lines->sink, &record, err);
}

static enum status walk_lines(void *ctx, const struct record_sink *sink,
                              struct error *err)
{
    struct lines *lines = (struct lines *)ctx;
    lines->sink = sink;
    for (struct str rest = str_from(lines->text), line; str_next(&rest, '\n', &line);) {
        enum status status = walk_line(lines, line, err);
        if (status)
            return status;
    }
    return OK;
}

void folder_publish(const struct folder *folder, const char *lines)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    struct lines walked = { .text = lines };
    struct image_source source = { .walk = walk_lines, .ctx = &walked };
    struct error err = { .text = "" };
    if (image_writer_open(folder->path, &writer, &err) ||
        image_rebuild(writer, &source, &err))
        fail_msg("%s", err.text);
}

void folder_put(const struct folder *folder, struct str bytes)
{
    struct error err = { .text = "" };
    if (file_replace(folder_file(folder, "data.cdb"), bytes, 0644, &err))
        fail_msg("%s", err.text);
}

/* ----- queries ----- */

static void put_name(struct buf *out, const char *text)
{
    for (struct str rest = str_from(text), label; str_next(&rest, '.', &label);) {
        buf_put_u8(out, (uint8_t)label.n);
        buf_put(out, label);
    }
    buf_put_u8(out, 0);
}

static void put_opt(struct buf *out, const struct asked *asked)
{
    uint8_t options[QUERY_MAX];
    struct str hex = str_from(asked->options);
    CHECK(str_from_hex(hex, options, hex.n / 2) == OK);
    buf_put_u8(out, 0);
    buf_put_u16(out, RR_OPT);
    buf_put_u16(out, asked->size ? asked->size : MESSAGE_UDP_EDNS);
    buf_put_u32(out, asked->edns_flags);
    buf_put_u16(out, (uint16_t)(hex.n / 2));
    buf_put(out, str_bytes(options, hex.n / 2));
}

static void put_soa(struct buf *out, uint32_t serial)
{
    enum {
        NUMBERS = 5
    };
    buf_put_u16(out, 0xc00c);
    buf_put_u16(out, RR_SOA);
    buf_put_u16(out, CLASS_IN);
    buf_put_u32(out, 0);
    buf_put_u16(out, 2 + NUMBERS * sizeof(serial));
    buf_put_u16(out, 0);
    buf_put_u32(out, serial);
    for (int i = 1; i < NUMBERS; i++)
        buf_put_u32(out, 0);
}

struct str query_write(const struct asked *asked, uint8_t at[QUERY_MAX])
{
    struct buf out = buf_on(at, QUERY_MAX);
    buf_put_u16(&out, 0x1234);
    buf_put_u16(&out, asked->flags);
    buf_put_u16(&out, 1);
    buf_put_u16(&out, 0);
    buf_put_u16(&out, asked->has_serial ? 1 : 0);
    buf_put_u16(&out, asked->edns ? 1 : 0);
    put_name(&out, asked->name);
    buf_put_u16(&out, asked->type ? asked->type : RR_A);
    buf_put_u16(&out, asked->class ? asked->class : CLASS_IN);
    if (asked->has_serial)
        put_soa(&out, asked->serial);
    if (asked->edns)
        put_opt(&out, asked);
    CHECK(!out.full);
    return buf_str(&out);
}

/* ----- replies ----- */

struct reader {
    const uint8_t *wire;
    size_t n, at;
    struct buf *out;
};

static unsigned take(struct reader *reader, size_t n)
{
    unsigned value = 0;
    CHECK(n <= reader->n - reader->at);
    for (; n > 0; n--)
        value = value << 8 | reader->wire[reader->at++];
    return value;
}

/* Takes a name; pointers must lead back, and lie where a pointer can lead to. */
static void take_name(struct reader *reader)
{
    size_t after = 0, first = reader->out->n;
    int pointers = 0;
    for (unsigned length = 0; (length = take(reader, 1)) != 0;) {
        if ((length & POINTER_BITS) == POINTER_BITS) {
            size_t from = reader->at - 1;
            size_t to = (length & ~(unsigned)POINTER_BITS) << 8 | take(reader, 1);
            if (pointers++ == 0)
                after = reader->at;
            CHECK(to < from && to >= MESSAGE_HEADER_SIZE && pointers < POINTERS_MAX);
            reader->at = to;
            continue;
        }
        CHECK(length <= LABEL_SIZE && length <= reader->n - reader->at);
        if (reader->out->n > first)
            buf_put_u8(reader->out, '.');
        buf_put(reader->out, str_bytes(reader->wire + reader->at, length));
        reader->at += length;
    }
    if (reader->out->n == first)
        buf_put_u8(reader->out, '.');
    if (pointers)
        reader->at = after;
}

static void take_rdata(struct reader *reader, unsigned type, size_t end)
{
    if (type == RR_MX)
        buf_printf(reader->out, "%u ", take(reader, 2));
    if (type == RR_NS || type == RR_CNAME || type == RR_MX || type == RR_PTR) {
        take_name(reader);
    } else if (type == RR_SOA) {
        take_name(reader);
        buf_put_u8(reader->out, ' ');
        take_name(reader);
        for (int i = 0; i < 5; i++)
            buf_printf(reader->out, " %u", take(reader, 4));
    } else {
        buf_put_hex(reader->out, str_bytes(reader->wire + reader->at, end - reader->at));
        reader->at = end;
    }
    CHECK(reader->at == end);
}

static void take_record(struct reader *reader)
{
    struct buf *out = reader->out;
    size_t before = out->n;
    take_name(reader);
    unsigned type = take(reader, 2), class = take(reader, 2), ttl = take(reader, 4);
    size_t end = take(reader, 2);
    size_t data_at = reader->at;
    end += data_at;
    CHECK(end <= reader->n);
    if (type == RR_OPT) {
        CHECK_INT(out->n - before, 1); /* "." */
        out->n = before;
        buf_printf(out, "edns size=%u flags=%08x ", class, ttl);
    } else {
        CHECK(class == CLASS_IN || class == CLASS_CHAOS);
        buf_printf(out, " %u ", ttl);
        rr_type_format((uint16_t)type, out);
        buf_put_u8(out, ' ');
    }
    take_rdata(reader, type, end);
    if (type == RR_OPT && reader->at == data_at)
        out->n--; /* the blank */
}

static void put_header(struct reader *reader)
{
    static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                          "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                          "NXRRSET", "NOTAUTH" };
    CHECK_INT(take(reader, 2), 0x1234);
    unsigned flags = take(reader, 2);
    CHECK(flags & 0x8000);
    CHECK((flags & 0xf) < LENGTH_OF(rcodes));
    buf_put_text(reader->out, rcodes[flags & 0xf]);
    CHECK_INT(flags & 0x00f0, 0); /* RA, Z, AD, CD */
    if (flags & 0x7800)
        buf_printf(reader->out, " opcode%u", flags >> 11 & 0xf);
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = { { 0x0400, " aa" }, { 0x0200, " tc" }, { 0x0100, " rd" } };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        if (flags & names[i].bit)
            buf_put_text(reader->out, names[i].name);
    }
}

unsigned reply_count(struct str reply, unsigned section)
{
    const uint8_t *at = (const uint8_t *)reply.at + COUNTS_AT + (size_t)section * 2;
    return (unsigned)(at[0] << 8 | at[1]);
}

const char *reply_text(struct str reply)
{
    static char text[TEXT_MAX];
    struct buf out = BUF_ON(text);
    struct reader reader = { .wire = (const uint8_t *)reply.at,
                             .n = reply.n,
                             .out = &out };
    put_header(&reader);
    reader.at = MESSAGE_HEADER_SIZE;
    for (unsigned i = 0; i < reply_count(reply, 0); i++) {
        size_t before = out.n;
        take_name(&reader);
        (void)take(&reader, 4);
        out.n = before; /* the question is compared by its bytes elsewhere */
    }
    static const char *const sections[] = { "", "", "authority", "additional" };
    for (unsigned section = 1; section <= 3; section++) {
        unsigned count = reply_count(reply, section);
        if (count > 0)
            buf_printf(&out, "%s%s:", section > 1 ? "; " : "", sections[section]);
        for (unsigned i = 0; i < count; i++) {
            buf_put_text(&out, i > 0 ? ", " : " ");
            take_record(&reader);
        }
    }
    CHECK_INT(reader.at, reader.n);
    CHECK(!out.full);
    return buf_text(&out);
}
