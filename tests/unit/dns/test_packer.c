// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "dns/packer.h"
#include "dns/query.h"
#include "dns/rdata.h"
#include "dns/record.h"
#include "test.h"

#define HEADER "\x12\x34\x84\0\0\1\0\0\0\0\0\0"
#define QUESTION "\3wWw\7Example\3org\0\0\1\0\1"
#define START HEADER QUESTION
#define FIXED(type) "\0" type "\0\1\0\0\0\x3c"

enum {
    START_SIZE = sizeof(START) - 1,
    ANSWERS_AT = 6,
    RECORDS = 40,
    REPLIES = 300,
};

static struct name parse(const char *text)
{
    struct name name;
    CHECK(name_parse(str_from(text), &name, NULL) == OK);
    return name;
}

static void begin(struct packer *packer, uint8_t *at, size_t size)
{
    memcpy(at, START, START_SIZE);
    packer_begin(packer, at, size, START_SIZE, MESSAGE_HEADER_SIZE);
}

TEST(a_name_is_written_out_as_far_as_it_stands_nowhere_yet)
{
#define ROW(owner, type, data, want) \
    { \
        owner, type, { data, sizeof(data) - 1 }, \
        { \
            want, sizeof(want) - 1 \
        } \
    }
    static const struct {
        const char *owner;
        uint16_t type;
        struct str data, want;
    } rows[] = {
        ROW("www.example.org", RR_A, "\1\2\3\4", "\xc0\x0c" FIXED("\1") "\0\4\1\2\3\4"),
        ROW("example.org", RR_A, "\1\2\3\4", "\xc0\x10" FIXED("\1") "\0\4\1\2\3\4"),
        ROW("org", RR_NS, "\1a\3www\7example\3org\0",
            "\xc0\x18" FIXED("\2") "\0\4\1a\xc0\x0c"),
        ROW("w.www.example.net", RR_TXT, "\1w",
            "\1w\3www\7example\3net\0" FIXED("\x10") "\0\2\1w"),
        ROW(".", RR_NS, "\0", "\0" FIXED("\2") "\0\1\0"),
        ROW("org", RR_MX, "\0\5\7example\3org\0",
            "\xc0\x18" FIXED("\x0f") "\0\4\0\5\xc0\x10"),
        ROW("org", RR_NS, "\1x\1x\1x\0", "\xc0\x18" FIXED("\2") "\0\7\1x\1x\1x\0"),
        /* Not to be compressed (RFC 3597 4). */
        ROW("org", RR_SRV, "\0\0\0\0\0\1\3org\0",
            "\xc0\x18" FIXED("\x21") "\0\x0b\0\0\0\0\0\1\3org\0"),
        ROW("org", 65280, "\3org\0", "\xc0\x18\xff\0\0\1\0\0\0\x3c\0\5\3org\0"),
        ROW("org", RR_A, "", "\xc0\x18" FIXED("\1") "\0\0"),
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t at[512];
        struct packer packer;
        struct name owner = parse(rows[i].owner);
        begin(&packer, at, sizeof(at));
        const struct packer_record record = { name_bytes(&owner), rows[i].type, 60,
                                              rows[i].data };
        CHECK(packer_put(&packer, &record));
        CHECK_INT(packer.n - START_SIZE, rows[i].want.n);
        CHECK(memcmp(at + START_SIZE, rows[i].want.at, rows[i].want.n) == 0);
    }
}

TEST(what_does_not_fit_is_undone_and_nothing_is_written_behind_the_end)
{
    struct name owner = parse("mail.example.org");
    const struct packer_record record = { name_bytes(&owner), RR_MX, 60,
                                          STR("\0\5\3new\7example\3org\0") };
    uint8_t at[512];
    struct packer whole;
    begin(&whole, at, sizeof(at));
    CHECK(packer_put(&whole, &record));
    for (size_t size = START_SIZE; size <= whole.n; size++) {
        struct packer packer;
        memset(at, 0xee, sizeof(at));
        begin(&packer, at, size);
        struct packer_mark before = packer_mark(&packer);
        CHECK_INT(packer_put(&packer, &record), size == whole.n);
        CHECK_INT(at[size], 0xee);
        packer_undo(&packer, before);
        CHECK_INT(packer.n, START_SIZE);
        CHECK_INT(packer.count, 3);
    }
}

/* ----- what is written is read back by libknot ----- */

struct rng {
    uint32_t state;
};

static uint32_t draw(struct rng *rng, uint32_t below)
{
    rng->state = rng->state * 1664525 + 1013904223;
    return (rng->state >> 8) % below;
}

static struct name draw_name(struct rng *rng)
{
    static const char *const labels[] = { "a",       "b",   "www",
                                          "example", "org", "xn--long-label" };
    struct name name = parse(".");
    for (uint32_t left = draw(rng, 7); left > 0; left--)
        CHECK(name_prepend(str_from(labels[draw(rng, LENGTH_OF(labels))]), &name,
                           &name) == OK);
    return name;
}

struct drawn {
    struct record record;
    char rdata[600];
};

static void draw_record(struct rng *rng, struct drawn *out)
{
    static const uint16_t types[] = { RR_A, RR_NS, RR_MX, RR_SOA, RR_SRV, RR_TXT };
    struct buf rdata = BUF_ON(out->rdata);
    out->record = (struct record){ .owner = draw_name(rng),
                                   .type = types[draw(rng, LENGTH_OF(types))],
                                   .ttl_s = draw(rng, 100000) };
    uint16_t type = out->record.type;
    struct name one = draw_name(rng), two = draw_name(rng);
    if (type == RR_A || type == RR_TXT)
        buf_put(&rdata, type == RR_A ? STR("\300\0\2\1") : STR("\3abc"));
    if (type == RR_MX || type == RR_SRV)
        buf_put(&rdata, type == RR_MX ? STR("\0\1") : STR("\0\1\0\2\0\3"));
    if (type != RR_A && type != RR_TXT)
        buf_put(&rdata, name_bytes(&one));
    if (type == RR_SOA) {
        buf_put(&rdata, name_bytes(&two));
        buf_put(&rdata, STR("0123456789abcdefghij"));
    }
    out->record.rdata = buf_str(&rdata);
}

struct reading {
    const struct drawn *want;
    size_t count;
};

static void compare(void *ctx, enum message_section section, const struct record *record)
{
    struct reading *reading = (struct reading *)ctx;
    const struct record *want = &reading->want[reading->count++].record;
    CHECK(section == SECTION_ANSWER);
    CHECK(name_equal(&record->owner, &want->owner));
    CHECK_INT(record->type, want->type);
    CHECK_INT(record->ttl_s, want->ttl_s);
    CHECK(str_equal(record->rdata, want->rdata));
}

TEST(random_records_are_read_back_as_they_were_put)
{
    static struct drawn drawn[RECORDS];
    static uint8_t at[MESSAGE_SIZE];
    struct rng rng = { 7 };
    const struct query query = { .id = 0x1234,
                                 .name = parse("www.example.org"),
                                 .type = RR_A };
    size_t saved = 0;
    for (size_t i = 0; i < REPLIES; i++) {
        struct packer packer;
        size_t count = 1 + draw(&rng, RECORDS), plain = START_SIZE;
        begin(&packer, at, sizeof(at));
        for (size_t j = 0; j < count; j++) {
            draw_record(&rng, &drawn[j]);
            const struct record *record = &drawn[j].record;
            CHECK(rdata_is_whole(record->type, record->rdata));
            CHECK(packer_put(&packer, &(struct packer_record){
                                          name_bytes(&record->owner), record->type,
                                          record->ttl_s, record->rdata }));
            plain += record->owner.n + (size_t)10 + record->rdata.n;
        }
        packer_write_u16(at + ANSWERS_AT, count);
        struct reading reading = { .want = drawn };
        struct query_reply reply;
        CHECK_INT(query_read_reply(&query, at, packer.n, &reply, compare, &reading), OK);
        CHECK_INT(reading.count, count);
        CHECK(packer.n <= plain);
        saved += plain - packer.n;
    }
    CHECK(saved > (size_t)REPLIES * RECORDS); /* of each name at least some */
}
