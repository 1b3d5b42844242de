// SPDX-License-Identifier: GPL-3.0-or-later
/* Any record, written as a line and read again, is that record and no other one: whatever
 * bytes a name or its data hold, they cannot end the field or the line. */
#include "base/random.h"
#include "dns/tinydns_reader.h"
#include "dns/tinydns_writer.h"

#include "test.h"

#include <string.h>

enum {
    CASES = 100000,
    DATA_MAX = 400,
};

/* Bytes with a meaning in the language, in names, or to a careless reader. */
static const uint8_t awkward[] = { 0,   '\n', '\r', '\t', ' ',  '"',  '%',  '*', '+',
                                   '-', '.',  ':',  '=',  '\\', 0x7f, 0xff, '7', 'A' };

static void fill(uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = random_below(2) ? awkward[random_below(sizeof(awkward))]
                                : (uint8_t)random_below(256);
}

/* A name, sometimes as long as names can be, in the case that `folded` tells. */
static struct str random_name(uint8_t wire[NAME_SIZE], bool folded)
{
    static const uint32_t most[] = { 2, 12, LABEL_SIZE };
    size_t n = 0, labels = random_below(random_below(8) ? 5 : NAME_LABELS);
    for (; labels > 0; labels--) {
        size_t size = 1 + random_below(most[random_below(3)]);
        if (n + 1 + size + 1 > NAME_SIZE)
            continue;
        wire[n++] = (uint8_t)size;
        fill(wire + n, size);
        n += size;
    }
    wire[n++] = 0;
    struct name name;
    CHECK_INT(name_decode(str_bytes(wire, n), &name), OK);
    if (folded)
        memcpy(wire, name.wire, n);
    return str_bytes(wire, n);
}

static void put_name(struct buf *out)
{
    uint8_t wire[NAME_SIZE];
    buf_put(out, random_name(wire, false));
}

static void put_bytes(struct buf *out, size_t n)
{
    uint8_t bytes[DATA_MAX];
    fill(bytes, n);
    buf_put(out, str_bytes(bytes, n));
}

/* A TXT in whatever strings. */
static void put_strings(struct buf *out)
{
    for (uint32_t left = 1 + random_below(3); left > 0; left--) {
        size_t n = random_below(random_below(2) ? 4 : 128);
        buf_put_u8(out, (uint8_t)n);
        put_bytes(out, n);
    }
}

static void put_data(struct buf *out, uint16_t type)
{
    switch (type) {
    case RR_A:
        put_bytes(out, 4);
        break;
    case RR_AAAA:
        put_bytes(out, 16);
        break;
    case RR_NS:
    case RR_CNAME:
    case RR_PTR:
        put_name(out);
        break;
    case RR_MX:
        put_bytes(out, 2);
        put_name(out);
        break;
    case RR_SRV:
        put_bytes(out, 6);
        put_name(out);
        break;
    case RR_SOA:
        put_name(out);
        put_name(out);
        put_bytes(out, 16);
        buf_put_u32(out, random_below(INT32_MAX));
        break;
    case RR_TXT:
        put_strings(out);
        break;
    default:
        put_bytes(out, random_below(DATA_MAX));
    }
}

static uint32_t random_ttl(void)
{
    static const uint32_t ttls[] = { 0, 1, 60, 2560, 86400, 259200, INT32_MAX };
    return random_below(2) ? ttls[random_below(LENGTH_OF(ttls))]
                           : random_below(INT32_MAX);
}

static struct record random_record(struct buf *data)
{
    static const uint16_t types[] = { RR_A,   RR_NS,   RR_CNAME, RR_SOA, RR_PTR, RR_MX,
                                      RR_TXT, RR_AAAA, RR_SRV,   99,     257,    65280 };
    uint8_t wire[NAME_SIZE];
    struct record record = { .type = types[random_below(LENGTH_OF(types))],
                             .ttl_s = random_ttl(),
                             .wildcard = random_below(5) == 0 };
    do {
        CHECK_INT(name_decode(random_name(wire, true), &record.owner), OK);
        /* With the label of a wildcard in front it must still be a name, and without one it
         * must not begin with one. */
    } while (record.owner.n > NAME_SIZE - 2 ||
             str_equal(name_first_label(&record.owner), STR("*")));
    if (random_below(4) == 0)
        record.stamp = 1 + ((uint64_t)random_below(UINT32_MAX) << 31);
    if (random_below(4) == 0)
        for (size_t i = 0; i < 2; i++)
            record.location[i] = (uint8_t)('a' + random_below(26));
    put_data(data, record.type);
    CHECK(!data->full);
    record.rdata = buf_str(data);
    return record;
}

struct want {
    const struct record *record;
    size_t seen;
};

static enum status compare(void *ctx, const struct record *record, struct error *err)
{
    (void)err;
    struct want *want = ctx;
    const struct record *wanted = want->record;
    want->seen++;
    CHECK(name_equal(&record->owner, &wanted->owner));
    CHECK(record->wildcard == wanted->wildcard && record->type == wanted->type);
    CHECK(record->ttl_s == wanted->ttl_s && record->stamp == wanted->stamp);
    CHECK(memcmp(record->location, wanted->location, sizeof(record->location)) == 0);
    CHECK(str_equal(record->rdata, wanted->rdata));
    return OK;
}

TEST(any_record_is_one_line_that_makes_this_record_alone)
{
    static char line[TINYDNS_LINE_SIZE], space[2048];
    for (size_t i = 0; i < CASES; i++) {
        struct buf out = BUF_ON(line), data = BUF_ON(space);
        struct record record = random_record(&data);
        struct error err = { "" };
        enum tinydns_form form = random_below(2) ? TINYDNS_SIX : TINYDNS_STOCK;
        CHECK_INT(tinydns_put(&record, form, &out, &err), OK);

        struct str text = buf_str(&out);
        CHECK(!out.full && text.n > 1 && str_find(text, '\n') == text.n - 1);
        struct want want = { .record = &record };
        const struct record_sink sink = { .record = compare, .ctx = &want };
        CHECK_INT(tinydns_parse("f", text, 1, &sink, &err), OK);
        CHECK_INT(want.seen, 1);
    }
}
