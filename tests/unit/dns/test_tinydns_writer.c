// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/tinydns_writer.h"

#include <string.h>

#include "dns/tinydns_reader.h"
#include "test.h"

static char line_space[TINYDNS_LINE_SIZE];

static struct name name_of(const char *text)
{
    struct name name = { .n = 0 };
    CHECK_INT(name_parse(str_from(text), &name, NULL), OK);
    return name;
}

/* What one line gave. */
struct got {
    struct record record;
    uint8_t rdata[256];
    struct location_rule rule;
    int records, rules;
};

static enum status take_record(void *ctx, const struct record *record, struct error *err)
{
    struct got *got = ctx;
    (void)err;
    got->records++;
    got->record = *record;
    CHECK(record->rdata.n <= sizeof(got->rdata));
    memcpy(got->rdata, record->rdata.at, record->rdata.n);
    got->record.rdata.at = (const char *)got->rdata;
    return OK;
}

static enum status take_rule(void *ctx, const struct location_rule *rule,
                             struct error *err)
{
    struct got *got = ctx;
    (void)err;
    got->rules++;
    got->rule = *rule;
    return OK;
}

static void parse(struct str text, struct got *got)
{
    struct error err = { .text = "" };
    const struct record_sink sink = { take_record, take_rule, got };
    if (tinydns_parse_line(str_first(text, text.n - 1), 1, &sink, &err))
        fail_msg("%s: %.*s", err.text, (int)text.n, text.at);
}

static void check_same(const struct record *want, const struct record *got)
{
    CHECK(name_equal(&want->owner, &got->owner));
    CHECK_INT(got->wildcard, want->wildcard);
    CHECK_INT(got->type, want->type);
    CHECK_INT(got->ttl_s, want->ttl_s);
    CHECK_INT(got->stamp, want->stamp);
    CHECK(memcmp(got->location, want->location, 2) == 0);
    CHECK(str_equal(got->rdata, want->rdata));
}

static struct str write_line(const struct record *record, enum tinydns_form form)
{
    struct error err = { .text = "" };
    struct buf out = BUF_ON(line_space);
    if (tinydns_put(record, form, &out, &err))
        fail_msg("%s", err.text);
    CHECK(!out.full && out.at[out.n - 1] == '\n');
    return buf_str(&out);
}

static const uint8_t address[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                                     0,    0,    0,    0,    0, 0, 0, 1 };

TEST(each_type_has_its_line_and_reads_back)
{
    static const struct {
        uint16_t type;
        struct str rdata;
        const char *line;
    } rows[] = {
        { RR_A, { "\300\000\002\001", 4 }, "+a.example.org:192.0.2.1:60\n" },
        { RR_NS, { "\002ns\007example\000", 12 }, "&a.example.org::ns.example.:60\n" },
        { RR_NS, { "\002ns\000", 4 }, "&a.example.org::ns.:60\n" },
        { RR_NS, { "\000", 1 }, "&a.example.org::.:60\n" },
        { RR_CNAME, { "\001B\007example\000", 11 }, "Ca.example.org:B.example.:60\n" },
        { RR_PTR, { "\001b\007example\000", 11 }, "^a.example.org:b.example.:60\n" },
        { RR_MX,
          { "\001\002\002mx\007example\000", 14 },
          "@a.example.org::mx.example.:258:60\n" },
        { RR_TXT, { "\005a:\\ \001", 6 }, "'a.example.org:a\\072\\134 \\001:60\n" },
        { RR_TXT, { "", 0 }, "'a.example.org::60\n" },
        { RR_TXT, { "\001a\001b", 4 }, ":a.example.org:16:\\001a\\001b:60\n" },
        { RR_TXT, { "\000", 1 }, ":a.example.org:16:\\000:60\n" },
        { RR_TXT, { "\005ab", 3 }, ":a.example.org:16:\\005ab:60\n" },
        { RR_SRV,
          { "\000\001\000\002\000\003\000", 7 },
          ":a.example.org:33:\\000\\001\\000\\002\\000\\003\\000:60\n" },
        { RR_SOA,
          { "\001M\000\001r\000\000\000\000\000\000\000\000\002\000\000\000\003\000\000\000"
            "\004\000\000\000\005",
            26 },
          "Za.example.org:M.:r.:0:2:3:4:5:60\n" },
        { 65280, { "", 0 }, ":a.example.org:65280::60\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct record record = { .owner = name_of("a.example.org"),
                                       .type = rows[i].type,
                                       .ttl_s = 60,
                                       .rdata = rows[i].rdata };
        struct got got = { .records = 0 };
        struct str line = write_line(&record, TINYDNS_STOCK);
        CHECK_STR(line, rows[i].line);
        parse(line, &got);
        CHECK_INT(got.records, 1);
        check_same(&record, &got.record);
    }
}

TEST(an_ipv6_address_has_two_forms)
{
    const struct record record = { .owner = name_of("a.example.org"),
                                   .type = RR_AAAA,
                                   .ttl_s = 0,
                                   .rdata = str_bytes(address, 16) };
    struct str line = write_line(&record, TINYDNS_STOCK);
    CHECK(str_starts(line, STR(":a.example.org:28: \\001\\015\\270\\000")));
    struct got got = { .records = 0 };
    parse(line, &got);
    check_same(&record, &got.record);
    line = write_line(&record, TINYDNS_SIX);
    CHECK_STR(line, "3a.example.org:20010db8000000000000000000000001:0\n");
    parse(line, &got);
    CHECK_INT(got.records, 2);
    check_same(&record, &got.record);
}

TEST(owners_of_any_bytes_survive)
{
    static const struct {
        const char *name;
        bool wildcard;
        const char *line;
    } rows[] = {
        { "example.org", true, "+*.example.org:192.0.2.1:5\n" },
        { ".", false, "+.:192.0.2.1:5\n" },
        { ".", true, "+*.:192.0.2.1:5\n" },
        { "a\\.b\\000\\032:\\\\.example", false,
          "+a\\056b\\000\\040\\072\\134.example:192.0.2.1:5\n" },
        { "\\255#-.example", false, "+\\377#-.example:192.0.2.1:5\n" },
        { "*.b.example", true, "+*.*.b.example:192.0.2.1:5\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct record record = { .owner = name_of(rows[i].name),
                                       .wildcard = rows[i].wildcard,
                                       .type = RR_A,
                                       .ttl_s = 5,
                                       .rdata = STR("\300\000\002\001") };
        struct got got = { .records = 0 };
        struct str line = write_line(&record, TINYDNS_STOCK);
        CHECK_STR(line, rows[i].line);
        parse(line, &got);
        check_same(&record, &got.record);
    }
}

TEST(time_stamps_and_locations_survive)
{
    static const struct {
        uint64_t stamp;
        uint8_t location[2];
        const char *rest;
    } rows[] = {
        { 0x4000000065000000, { 0, 0 }, ":0:4000000065000000\n" },
        { 0x4000000065000000, { 'l', 'o' }, ":0:4000000065000000:lo\n" },
        { 0, { 'l', 0 }, ":0::l\n" },
        { 0, { 'l', ' ' }, ":0::l :\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct record record = { .owner = name_of("a"),
                                 .type = RR_A,
                                 .rdata = STR("\300\000\002\001"),
                                 .stamp = rows[i].stamp };
        memcpy(record.location, rows[i].location, 2);
        struct got got = { .records = 0 };
        struct str line = write_line(&record, TINYDNS_STOCK);
        CHECK_STR(str_from_at(line, 12), rows[i].rest);
        parse(line, &got);
        check_same(&record, &got.record);
    }
}

TEST(location_rules_survive)
{
    static const struct {
        struct location_rule rule;
        const char *line;
    } rows[] = {
        { { { 192, 0, 2, 1 }, 4, { 'l', 'o' } }, "%lo:192.0.2.1\n" },
        { { { 10 }, 1, { 'i', 0 } }, "%i:10\n" },
        { { { 0 }, 0, { 'e', 'x' } }, "%ex:\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct got got = { .rules = 0 };
        struct buf out = BUF_ON(line_space);
        CHECK_INT(tinydns_put_location(&rows[i].rule, &out, NULL), OK);
        CHECK_STR(buf_str(&out), rows[i].line);
        parse(buf_str(&out), &got);
        CHECK_INT(got.rules, 1);
        CHECK(memcmp(&got.rule, &rows[i].rule, sizeof(got.rule)) == 0);
    }
    struct buf out = BUF_ON(line_space);
    const struct location_rule bad = { .location = { 'a', ':' } };
    CHECK_INT(tinydns_put_location(&bad, &out, NULL), ERR_SYNTAX);
    CHECK_INT(out.n, 0);
}

TEST(what_the_language_cannot_say_is_refused_and_nothing_written)
{
    static const struct {
        const char *owner;
        uint16_t type;
        struct str rdata;
        uint8_t location[2];
    } rows[] = {
        { "a.example", RR_A, { "\300\000\002", 3 }, { 0 } },
        { "a.example", RR_AAAA, { "\300\000\002\001", 4 }, { 0 } },
        { "a.example", RR_NS, { "\300\000\002\001", 4 }, { 0 } },
        { "a.example", RR_NS, { "\001a\000x", 4 }, { 0 } },
        { "a.example", RR_CNAME, { "", 0 }, { 0 } },
        { "a.example", RR_PTR, { "\005a", 2 }, { 0 } },
        { "a.example", RR_MX, { "\000", 1 }, { 0 } },
        { "a.example", RR_SOA, { "\000\000\000", 3 }, { 0 } },
        { "a.example", 0, { "", 0 }, { 0 } },
        { "a.example", RR_OPT, { "", 0 }, { 0 } },
        { "a.example", RR_ANY, { "", 0 }, { 0 } },
        { "*.example", RR_A, { "\300\000\002\001", 4 }, { 0 } },
        { "a.example", RR_A, { "\300\000\002\001", 4 }, { ':', 'a' } },
        { "a.example", RR_A, { "\300\000\002\001", 4 }, { 'a', '\n' } },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct record record = { .owner = name_of(rows[i].owner),
                                 .type = rows[i].type,
                                 .rdata = rows[i].rdata };
        memcpy(record.location, rows[i].location, 2);
        struct error err = { .text = "" };
        struct buf out = BUF_ON(line_space);
        buf_put_text(&out, "before");
        CHECK_INT(tinydns_put(&record, TINYDNS_STOCK, &out, &err), ERR_SYNTAX);
        CHECK(err.text[0]);
        CHECK_STR(buf_str(&out), "before");
    }
}

TEST(the_longest_record_has_room)
{
    static char bytes[TINYDNS_RDATA_MAX];
    const struct record record = { .owner = name_of("a.example"),
                                   .wildcard = true,
                                   .type = 65280,
                                   .ttl_s = TINYDNS_TTL_MAX,
                                   .rdata = { bytes, sizeof(bytes) },
                                   .stamp = UINT64_MAX,
                                   .location = { 'x', 'y' } };
    CHECK(write_line(&record, TINYDNS_STOCK).n > 4 * sizeof(bytes));
}

TEST(what_the_parser_would_find_too_large_is_refused)
{
    static char bytes[TINYDNS_RDATA_MAX + 1];
    static const char soa[] = "\000\000"
                              "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\200\0\0\0";
    const struct record rows[] = {
        { .owner = name_of("a"), .type = 65280, .rdata = { bytes, sizeof(bytes) } },
        { .owner = name_of("a"), .type = 65280, .ttl_s = TINYDNS_TTL_MAX + 1U },
        { .owner = name_of("a"), .type = RR_SOA, .rdata = { soa, sizeof(soa) - 1 } },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct buf out = BUF_ON(line_space);
        CHECK_INT(tinydns_put(&rows[i], TINYDNS_STOCK, &out, NULL), ERR_SYNTAX);
        CHECK_INT(out.n, 0);
    }
}
