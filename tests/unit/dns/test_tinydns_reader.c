// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/tinydns_reader.h"

#include "test.h"

#include <string.h>

enum {
    SERIAL = 77
};

/* Writes each record as "OWNER TYPE TTL HEX;". */
static enum status write_record(void *ctx, const struct record *record, struct error *err)
{
    (void)err;
    struct buf *out = ctx;
    if (record->wildcard)
        buf_put_text(out, "*.");
    name_format(&record->owner, out);
    buf_put_u8(out, ' ');
    rr_type_format(record->type, out);
    buf_printf(out, " %lu ", (unsigned long)record->ttl_s);
    buf_put_hex(out, record->rdata);
    if (record->stamp)
        buf_printf(out, " at %llx", (unsigned long long)record->stamp);
    if (record->location[0] || record->location[1]) {
        buf_put_text(out, " in ");
        buf_put_hex(out, str_bytes(record->location, 2));
    }
    buf_put_u8(out, ';');
    return OK;
}

/* Writes each rule as "LOCATION PREFIX;" in hex. */
static enum status write_location(void *ctx, const struct location_rule *rule,
                                  struct error *err)
{
    (void)err;
    struct buf *out = ctx;
    buf_put_hex(out, str_bytes(rule->location, 2));
    buf_put_u8(out, ' ');
    buf_put_hex(out, str_bytes(rule->prefix, rule->prefix_n));
    buf_put_u8(out, ';');
    return OK;
}

#define NS1_EXAMPLE "036e7331076578616d706c6500"
#define EXAMPLE "076578616d706c6500"
#define NUMBERS(serial) \
    serial "00004000" \
           "00000800" \
           "00100000" \
           "00000a00"

TEST(each_line_type_makes_its_records)
{
    static const struct {
        const char *line, *want;
    } rows[] = {
        { "+home.example:192.0.2.1", "home.example A 86400 c0000201;" },
        { "+home.example:192.0.2.1:300", "home.example A 300 c0000201;" },
        { "+home.example:192.0.2.1:0", "home.example A 0 c0000201;" },
        { "+home.example:192.0.2.1:2147483647::", "home.example A 2147483647 c0000201;" },
        { "+*.Home.Example:192.0.2.1", "*.home.example A 86400 c0000201;" },
        { "+\\052.example:192.0.2.1", "*.example A 86400 c0000201;" },
        { "+*:192.0.2.1", "*.. A 86400 c0000201;" },
        { "+a.*.example:192.0.2.1", "a.*.example A 86400 c0000201;" },
        { "+.a..example.:192.0.2.1", "a.example A 86400 c0000201;" },
        { "+:192.0.2.1", ". A 86400 c0000201;" },
        /* A name in an address field is no address. */
        { "@example:mail.example:x:1", "example MX 86400 00010178026d78" EXAMPLE ";" },
        { "&example:3com.example:a", "example NS 259200 0161026e73" EXAMPLE ";" },
        { "+a\\.b\\072\\8.example:192.0.2.1", "a\\.b:8.example A 86400 c0000201;" },
        { "+\\1\\12\\1234.example:192.0.2.1", "\\001\\010s4.example A 86400 c0000201;" },
        { "=home.example:192.0.2.10:5",
          "home.example A 5 c000020a;"
          "10.2.0.192.in-addr.arpa PTR 5 04686f6d65" EXAMPLE ";" },
        { "=*.Example:192.0.2.10",
          "*.example A 86400 c000020a;"
          "10.2.0.192.in-addr.arpa PTR 86400 012a074578616d706c6500;" },
        { "&example:192.0.2.1:a", "example NS 259200 0161026e73" EXAMPLE ";"
                                  "a.ns.example A 259200 c0000201;" },
        { "&example::ns1.example:9", "example NS 9 " NS1_EXAMPLE ";" },
        { "&example::", "example NS 259200 026e73" EXAMPLE ";" },
        { "&example", "example NS 259200 026e73" EXAMPLE ";" },
        { ".example:192.0.2.1:ns1.example",
          "example SOA 2560 " NS1_EXAMPLE "0a686f73746d6173746572" EXAMPLE NUMBERS(
              "0000004d") ";"
                          "example NS 259200 " NS1_EXAMPLE ";"
                          "ns1.example A 259200 c0000201;" },
        { ".example::ns1.example:0",
          "example SOA 0 " NS1_EXAMPLE "0a686f73746d6173746572" EXAMPLE NUMBERS(
              "0000004d") ";"
                          "example NS 0 " NS1_EXAMPLE ";" },
        { ".Example::x:60",
          "example SOA 2560 0178026e73074578616d706c6500"
          "0a686f73746d6173746572074578616d706c6500" NUMBERS(
              "0000004d") ";"
                          "example NS 60 0178026e73074578616d706c6500;" },
        { "@example:192.0.2.3:a:10", "example MX 86400 000a01610"
                                     "26d78" EXAMPLE ";"
                                     "a.mx.example A 86400 c0000203;" },
        { "@example::ns1.example::7", "example MX 7 0000" NS1_EXAMPLE ";" },
        { "@example::ns1.example:65535", "example MX 86400 ffff" NS1_EXAMPLE ";" },
        { "'example:a\\072b\\134:60", "example TXT 60 04613a625c;" },
        { "'example:", "example TXT 86400 ;" },
        { "'example:v=spf1 -all", "example TXT 86400 0b763d73706631202d616c6c;" },
        { "Cwww.example:ns1.example", "www.example CNAME 86400 " NS1_EXAMPLE ";" },
        { "C*.example:NS1.example:8", "*.example CNAME 8 034e5331076578616d706c6500;" },
        { "Zexample:ns1.example:example",
          "example SOA 2560 " NS1_EXAMPLE EXAMPLE NUMBERS("0000004d") ";" },
        { "Zexample:ns1.example:example:0",
          "example SOA 2560 " NS1_EXAMPLE EXAMPLE NUMBERS("00000000") ";" },
        { "Zexample:ns1.example:example:4294967295:1:2:3:4:5",
          "example SOA 5 " NS1_EXAMPLE EXAMPLE
          "ffffffff00000001000000020000000300000004;" },
        { ":example:28:\\040\\001\\015\\270\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\1",
          "example AAAA 86400 20010db8000000000000000000000001;" },
        { ":example:1:\\300\\0\\2\\1:5", "example A 5 c0000201;" },
        { ":example:16:\\005hello", "example TXT 86400 0568656c6c6f;" },
        { ":example:65280:", "example TYPE65280 86400 ;" },
        { ":example:257:\\000\\005issueca.example", "example CAA 86400 00056973737565"
                                                    "63612e6578616d706c65;" },
        { ":example:248:x", "example TYPE248 86400 78;" },
        { ":example:256:x", "example URI 86400 78;" },
        { "3home.example:20010db8000000000000000000ABcdef",
          "home.example AAAA 86400 20010db8000000000000000000abcdef;" },
        { "6Home.example:20010db8000000000000000000abcdef:60",
          "home.example AAAA 60 20010db8000000000000000000abcdef;"
          "f.e.d.c.b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR 60 "
          "04486f6d65" EXAMPLE ";" },
        { "^1.2.0.192.in-addr.arpa:ns1.example:5",
          "1.2.0.192.in-addr.arpa PTR 5 " NS1_EXAMPLE ";" },
        { "S_sip._tcp.example:192.0.2.5:ns1.example:5060:1:2:9",
          "_sip._tcp.example SRV 9 0001000213c4" NS1_EXAMPLE ";"
          "ns1.example A 9 c0000205;" },
        { "Sexample::a:65535", "example SRV 86400 00000000ffff016103737276" EXAMPLE ";" },
        { "+home.example:192.0.2.1:0:4000000038af1379",
          "home.example A 0 c0000201 at 4000000038af1379;" },
        { "+home.example:192.0.2.1::4000000038af1379:lo",
          "home.example A 86400 c0000201 at 4000000038af1379 in 6c6f;" },
        { "&example:192.0.2.1:ns1.example:::l",
          "example NS 259200 " NS1_EXAMPLE " in 6c00;"
          "ns1.example A 259200 c0000201 in 6c00;" },
        { "Zexample:ns1.example:example:1:2:3:4:5:6:4000000038af1379:\\:",
          "example SOA 6 " NS1_EXAMPLE EXAMPLE
          "0000000100000002000000030000000400000005 at 4000000038af1379 in 5c00;" },
        { "S_a.example::ns1.example:1::::4000000038af1379:lo",
          "_a.example SRV 86400 000000000001" NS1_EXAMPLE
          " at 4000000038af1379 in 6c6f;" },
        { "%lo:192.0.2", "6c6f c00002;" },
        { "%lo:192.0.2.", "6c6f c00002;" },
        { "%lo:192.0.2.1:", "6c6f c0000201;" },
        { "%l:10", "6c00 0a;" },
        { "%lo", "6c6f ;" },
        { "%:10", "0000 0a;" },
        { "+home.example:192.0.2.1:300 \t ", "home.example A 300 c0000201;" },
        { "", "" },
        { " \t ", "" },
        { "# a comment", "" },
        { "-home.example:192.0.2.1", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[1024];
        struct buf out = BUF_ON(text);
        struct error err = { .text = "" };
        CHECK_INT(tinydns_parse_line(str_from(rows[i].line), SERIAL,
                                     &(struct record_sink){ .record = write_record,
                                                            .location = write_location,
                                                            .ctx = &out },
                                     &err),
                  OK);
        CHECK_TEXT(err.text, "");
        CHECK_TEXT(buf_text(&out), rows[i].want);
    }
}

#define LABEL_64 "a123456789012345678901234567890123456789012345678901234567890123"
#define LABEL_63 "a12345678901234567890123456789012345678901234567890123456789012"
#define LONG_NAME LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63

TEST(what_tinydns_data_would_drop_or_mangle_is_refused)
{
    static const struct {
        const char *line, *says;
        enum status want;
    } rows[] = {
        { "_foo:1", "unknown line type '_'", ERR_SYNTAX },
        { "Sfoo:1", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "Sfoo::a", "field 4: the port is missing", ERR_SYNTAX },
        { "Sfoo::a:65536", "field 4: 65536 is more", ERR_LIMIT },
        { "Sfoo::a:1:x", "field 5: not a number", ERR_SYNTAX },
        { "Sfoo::a:1:2:-1", "field 6: not a number", ERR_SYNTAX },
        { "Sfoo::" LABEL_64 ":1", "label of more than 63", ERR_LIMIT },
        { "^foo:" LABEL_64, "label of more than 63", ERR_LIMIT },
        { "3foo:192.0.2.1", "field 2: not an IPv6 address of 32 hex", ERR_SYNTAX },
        { "3foo:20010db8000000000000000000abcde", "not an IPv6 address", ERR_SYNTAX },
        { "6foo:20010db8000000000000000000abcdeg", "not an IPv6 address", ERR_SYNTAX },
        { "6foo:", "field 2: not an IPv6 address", ERR_SYNTAX },
        { "home.example:192.0.2.1", "unknown line type 'h'", ERR_SYNTAX },
        { " +home.example:192.0.2.1", "unknown line type ' '", ERR_SYNTAX },
        { "%loc:192.0.2", "field 1: a location of more than 2 bytes", ERR_SYNTAX },
        { "%lo:192.0.2.256", "field 2: not the beginning of an IPv4", ERR_SYNTAX },
        { "%lo:192..2", "field 2: not the beginning of an IPv4", ERR_SYNTAX },
        { "%lo:192.0.2.1.1", "field 2: not the beginning of an IPv4", ERR_SYNTAX },
        { "%lo:10:db8", "field 3: a % line has 2 fields", ERR_SYNTAX },
        { "+home.example:192.0.2.999", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "+home.example:bad", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "+home.example:", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "+home.example", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "+home.example:192.0.2.1x", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "+home.example:2001:db8::1", "field 2: not an IPv4 address: 2001", ERR_SYNTAX },
        { "=home.example:192.0.2", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "&example:bad:a", "field 2: not an IPv4 address", ERR_SYNTAX },
        { ".example:bad:a", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "@example:bad:a", "field 2: not an IPv4 address", ERR_SYNTAX },
        { "+home.example:192.0.2.1:x", "field 3: not a number", ERR_SYNTAX },
        { "+home.example:192.0.2.1:-5", "field 3: not a number", ERR_SYNTAX },
        { "+home.example:192.0.2.1: 5", "field 3: not a number", ERR_SYNTAX },
        { "+home.example:192.0.2.1:2147483648", "field 3: 2147483648 is more",
          ERR_LIMIT },
        { "+home.example:192.0.2.1:99999999999", "is more than", ERR_LIMIT },
        { "+home.example:192.0.2.1::4000000038af137", "field 4: not a time stamp",
          ERR_SYNTAX },
        { "+home.example:192.0.2.1::4000000038AF1379", "field 4: not a time stamp",
          ERR_SYNTAX },
        { "+home.example:192.0.2.1::4000000038af137x", "field 4: not a time stamp",
          ERR_SYNTAX },
        { "+home.example:192.0.2.1::400000000000000038af1379", "field 4: not a time",
          ERR_SYNTAX },
        { "+home.example:192.0.2.1:::loc", "field 5: a location of more", ERR_SYNTAX },
        { "+home.example:192.0.2.1::::x", "field 6: a + line has 5 fields", ERR_SYNTAX },
        { "Za:b:c:::::::::x", "field 12: a Z line has 11 fields", ERR_SYNTAX },
        { "Za:b:c::::::::loc", "field 11: a location of more", ERR_SYNTAX },
        { "+home.example:192.0.2.1\r", "carriage return", ERR_SYNTAX },
        { "+" LABEL_64 ".example:192.0.2.1", "label of more than 63", ERR_LIMIT },
        { "+" LONG_NAME ":192.0.2.1", "a name of more than 255", ERR_LIMIT },
        { "C*.example:" LONG_NAME, "a name of more than 255", ERR_LIMIT },
        { "Ca.example:" LABEL_64, "label of more than 63", ERR_LIMIT },
        { "&" LABEL_63 "." LABEL_63 "." LABEL_63 "::" LABEL_63, "more than 255",
          ERR_LIMIT },
        { "&example::" LABEL_64, "label of more than 63", ERR_LIMIT },
        { "&example::a\\777", "bad escape in the name", ERR_SYNTAX },
        { "." LABEL_63 "." LABEL_63 "." LABEL_63
          ".1234567890123456789012345678901234567890"
          "12345678901::ns.example",
          "a name of more than 255", ERR_LIMIT },
        { ".example::" LABEL_64, "label of more than 63", ERR_LIMIT },
        { "@example::" LABEL_64, "label of more than 63", ERR_LIMIT },
        { "@example::a:65536", "field 4: 65536 is more", ERR_LIMIT },
        { "@example::a:x", "field 4: not a number", ERR_SYNTAX },
        { "Zexample:" LABEL_64 ":b", "label of more than 63", ERR_LIMIT },
        { "Zexample:a:" LABEL_64, "label of more than 63", ERR_LIMIT },
        { "Zexample:a:b:4294967296", "field 4: 4294967296 is more", ERR_LIMIT },
        { "Zexample:a:b::::x", "field 7: not a number", ERR_SYNTAX },
        { "Zexample:a:b:::::2147483648", "field 8: 2147483648 is more", ERR_LIMIT },
        { "+a\\:192.0.2.1", "bad escape in the name", ERR_SYNTAX },
        { "+\\400.example:192.0.2.1", "bad escape in the name", ERR_SYNTAX },
        { "'example:a\\", "bad escape in the data", ERR_SYNTAX },
        { "'example:\\777", "bad escape in the data", ERR_SYNTAX },
        { ":example:65280:\\777", "bad escape in the data", ERR_SYNTAX },
        { ":example:1:abc", "an address of 3 bytes", ERR_SYNTAX },
        { ":example:28:", "an address of 0 bytes", ERR_SYNTAX },
        { ":example:65536:x", "field 2: 65536 is more", ERR_LIMIT },
        { ":example:TXT:x", "field 2: not a number", ERR_SYNTAX },
        { ":example::x", "type 0 cannot", ERR_SYNTAX },
        { ":example:0:x", "type 0 cannot", ERR_SYNTAX },
        { ":example:2:x", "type 2 cannot", ERR_SYNTAX },
        { ":example:5:x", "type 5 cannot", ERR_SYNTAX },
        { ":example:6:x", "type 6 cannot", ERR_SYNTAX },
        { ":example:12:x", "type 12 cannot", ERR_SYNTAX },
        { ":example:15:x", "type 15 cannot", ERR_SYNTAX },
        { ":example:41:x", "type 41 cannot", ERR_SYNTAX },
        { ":example:249:x", "type 249 cannot", ERR_SYNTAX },
        { ":example:252:x", "type 252 cannot", ERR_SYNTAX },
        { ":example:255:x", "type 255 cannot", ERR_SYNTAX },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[2048];
        struct buf out = BUF_ON(text);
        struct error err = { .text = "" };
        enum status status = tinydns_parse_line(
            str_from(rows[i].line), SERIAL,
            &(struct record_sink){
                .record = write_record, .location = write_location, .ctx = &out },
            &err);
        if (!strstr(err.text, rows[i].says))
            print_message("%s: %s\n", rows[i].line, err.text);
        CHECK(strstr(err.text, rows[i].says));
        CHECK_INT(status, rows[i].want);
    }
}

static enum status keep_lengths(void *ctx, const struct record *record, struct error *err)
{
    (void)err;
    struct buf *out = ctx;
    for (struct str rest = record->rdata; rest.n > 0;) {
        size_t n = (uint8_t)rest.at[0];
        buf_printf(out, "%zu ", n);
        rest = str_from_at(rest, 1 + n);
    }
    return OK;
}

TEST(long_texts_are_split_at_127_bytes)
{
    static const struct {
        size_t n;
        const char *want;
    } rows[] = {
        { 1, "1 " },         { 127, "127 " },        { 128, "127 1 " },
        { 254, "127 127 " }, { 300, "127 127 46 " },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[512], line[512];
        struct buf out = BUF_ON(text), in = BUF_ON(line);
        buf_put_text(&in, "'example:");
        for (size_t k = 0; k < rows[i].n; k++)
            buf_put_text(&in, "x");
        CHECK_INT(tinydns_parse_line(
                      buf_str(&in), SERIAL,
                      &(struct record_sink){ .record = keep_lengths, .ctx = &out }, NULL),
                  OK);
        CHECK_TEXT(buf_text(&out), rows[i].want);
    }
}

TEST(data_longer_than_tinydns_serves_is_refused)
{
    static const struct {
        size_t n;
        enum status want;
    } rows[] = { { 32752, OK }, { 32753, ERR_LIMIT } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        static char line[33000];
        char text[16];
        struct buf out = BUF_ON(text), in = BUF_ON(line);
        buf_put_text(&in, ":example:65280:");
        for (size_t k = 0; k < rows[i].n; k++)
            buf_put_text(&in, "x");
        CHECK_INT(tinydns_parse_line(buf_str(&in), SERIAL,
                                     &(struct record_sink){ .record = write_record,
                                                            .location = write_location,
                                                            .ctx = &out },
                                     NULL),
                  rows[i].want);
    }
}

TEST(errors_of_a_file_name_file_and_line)
{
    char space[256];
    struct buf out = BUF_ON(space);
    struct error err = { .text = "" };
    CHECK_INT(tinydns_parse(
                  "data/hosts",
                  STR("# first\n+a.example:192.0.2.1:5\n\n+b.example:bad\n+c"), SERIAL,
                  &(struct record_sink){
                      .record = write_record, .location = write_location, .ctx = &out },
                  &err),
              ERR_SYNTAX);
    CHECK_TEXT(err.text, "data/hosts:4: field 2: not an IPv4 address: bad");
    CHECK_TEXT(buf_text(&out), "a.example A 5 c0000201;");
}

TEST(a_file_may_lack_its_last_line_feed)
{
    char space[256];
    struct buf out = BUF_ON(space);
    CHECK_INT(tinydns_parse(
                  "f", STR("+a.example:192.0.2.1:5\n+b.example:192.0.2.2:6"), SERIAL,
                  &(struct record_sink){
                      .record = write_record, .location = write_location, .ctx = &out },
                  NULL),
              OK);
    CHECK_TEXT(buf_text(&out), "a.example A 5 c0000201;b.example A 6 c0000202;");
    CHECK_INT(tinydns_parse("f", STR(""), SERIAL,
                            &(struct record_sink){ .record = write_record,
                                                   .location = write_location,
                                                   .ctx = &out },
                            NULL),
              OK);
}

struct stopper {
    size_t calls, fail_at;
};

static enum status stop_there(void *ctx, const struct record *record, struct error *err)
{
    (void)record;
    struct stopper *stopper = ctx;
    if (++stopper->calls == stopper->fail_at)
        return FAIL(err, ERR_CONFLICT, "no");
    return OK;
}

TEST(the_receiver_of_records_can_end_the_parsing_at_each)
{
    static const struct {
        const char *line;
        size_t records;
    } rows[] = {
        { ".example:192.0.2.1:a", 3 }, { "&example:192.0.2.1:a", 2 },
        { "=example:192.0.2.1", 2 },   { "@example:192.0.2.1:a", 2 },
        { "+example:192.0.2.1", 1 },   { "'example:x", 1 },
        { ":example:65280:x", 1 },     { "Cexample:a", 1 },
        { "Zexample:a:b", 1 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        for (size_t k = 1; k <= rows[i].records; k++) {
            struct stopper stopper = { .fail_at = k };
            struct error err;
            CHECK_INT(tinydns_parse(
                          "f", str_from(rows[i].line), SERIAL,
                          &(struct record_sink){ .record = stop_there, .ctx = &stopper },
                          &err),
                      ERR_CONFLICT);
            CHECK_TEXT(err.text, "f:1: no");
            CHECK_INT(stopper.calls, k);
        }
}

/* Escapes any bytes for a data or name field. */
static void put_escaped(struct buf *out, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "\\%03o", (unsigned)bytes[i]);
}

TEST(no_data_can_add_a_record)
{
    /* Every pair of bytes that could end a field, a line or a string. */
    static const uint8_t bytes[] = { '\n', ':', '\\', 0, '"', '\r', ' ', '\'', '7', 255 };
    for (size_t i = 0; i < sizeof(bytes) * sizeof(bytes); i++) {
        const uint8_t pair[] = { bytes[i % sizeof(bytes)], bytes[i / sizeof(bytes)] };
        char text[256], line[256], want[256];
        struct buf out = BUF_ON(text), in = BUF_ON(line), expected = BUF_ON(want);
        buf_put_text(&in, "'");
        put_escaped(&in, pair, 2);
        buf_put_text(&in, ".example:");
        put_escaped(&in, pair, 2);
        buf_put_text(&in, "\n");
        CHECK_INT(tinydns_parse("f", buf_str(&in), SERIAL,
                                &(struct record_sink){ .record = write_record,
                                                       .location = write_location,
                                                       .ctx = &out },
                                NULL),
                  OK);

        struct name zone, owner;
        CHECK_INT(name_parse(STR("example"), &zone, NULL), OK);
        CHECK_INT(name_prepend(str_bytes(pair, 2), &zone, &owner), OK);
        name_format(&owner, &expected);
        buf_put_text(&expected, " TXT 86400 02");
        buf_put_hex(&expected, str_bytes(pair, 2));
        buf_put_text(&expected, ";");
        CHECK_TEXT(buf_text(&out), buf_text(&expected));
    }
}
