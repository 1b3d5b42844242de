// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/record.h"

#include "test.h"

#include <string.h>

static struct soa make_soa(void)
{
    struct soa soa = { .serial = 4294967295,
                       .refresh_s = 16384,
                       .retry_s = 2048,
                       .expire_s = 1048576,
                       .minimum_s = 60 };
    CHECK_INT(name_parse(STR("ns1.example.org"), &soa.mname, NULL), OK);
    CHECK_INT(name_parse(STR("."), &soa.rname, NULL), OK);
    return soa;
}

TEST(an_soa_survives_the_way_to_wire_and_back)
{
    struct soa soa = make_soa(), back;
    uint8_t wire[600];
    struct buf out = BUF_ON(wire);
    soa_encode(&soa, &out);
    CHECK_INT(out.n, 17 + 1 + 20);
    CHECK_INT(soa_decode(buf_str(&out), &back), OK);
    CHECK(name_equal(&back.mname, &soa.mname) && name_equal(&back.rname, &soa.rname));
    CHECK(back.serial == soa.serial && back.refresh_s == soa.refresh_s);
    CHECK(back.retry_s == soa.retry_s && back.expire_s == soa.expire_s);
    CHECK(back.minimum_s == soa.minimum_s);
}

TEST(a_cut_or_longer_soa_is_refused)
{
    struct soa soa = make_soa();
    uint8_t wire[600] = { 0 };
    struct buf out = BUF_ON(wire);
    soa_encode(&soa, &out);
    for (size_t n = 0; n <= out.n + 1; n++) {
        struct soa back = { .serial = 7 };
        enum status want = n == out.n ? OK : ERR_SYNTAX;
        CHECK_INT(soa_decode(str_bytes(wire, n), &back), want);
        CHECK_INT(back.serial, want == OK ? soa.serial : 7);
    }
}

TEST(serials_are_compared_on_a_circle)
{
    static const struct {
        uint32_t a, b;
        bool want;
    } rows[] = {
        { 1, 0, true },           { 0, 1, false },           { 5, 5, false },
        { 0, 4294967295, true },  { 4294967295, 0, false },  { 2147483647, 0, true },
        { 2147483648, 0, false }, /* half the circle is not ordered */
        { 0, 2147483648, false }, { 100, 4294967000, true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK(serial_is_newer(rows[i].a, rows[i].b) == rows[i].want);
}

TEST(types_have_names_and_numbers)
{
    static const struct {
        const char *text;
        uint16_t type;
    } rows[] = {
        { "A", RR_A },
        { "AAAA", RR_AAAA },
        { "NS", RR_NS },
        { "TXT", RR_TXT },
        { "MX", RR_MX },
        { "CAA", 257 },
        { "TYPE65280", 65280 },
        { "TYPE0", 0 },
        { "ANY", RR_ANY },
        { "SRV", RR_SRV },
        { "TYPE65535", UINT16_MAX },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[20];
        struct buf out = BUF_ON(text);
        uint16_t type = 1;
        rr_type_format(rows[i].type, &out);
        CHECK_TEXT(buf_text(&out), rows[i].text);
        CHECK_INT(rr_type_parse(str_from(rows[i].text), &type), OK);
        CHECK_INT(type, rows[i].type);
    }
}

TEST(types_are_read_in_any_case_and_bad_ones_refused)
{
    static const char *const bad[] = { "",       "B",      "TYPE", "TYPE65536",
                                       "TYPE-1", "TYPE1x", "1" };
    uint16_t type = 3;
    CHECK_INT(rr_type_parse(STR("aaaa"), &type), OK);
    CHECK_INT(type, RR_AAAA);
    CHECK_INT(rr_type_parse(STR("type28"), &type), OK);
    CHECK_INT(type, RR_AAAA);
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        CHECK_INT(rr_type_parse(str_from(bad[i]), &type), ERR_SYNTAX);
    CHECK_INT(type, RR_AAAA);
}
