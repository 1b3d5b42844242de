// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "dns/rdata.h"
#include "test.h"

enum {
    DATA_SIZE = 300,
    RANDOM_ROUNDS = 40,
    TYPES = 300,
};

struct row {
    uint16_t type;
    const char *hex;
    bool good;
};

/* In memory of the exact size, for the sanitizers. */
static bool is_whole(uint16_t type, struct str rdata)
{
    void *exact = malloc(rdata.n ? rdata.n : 1);
    CHECK(exact);
    if (rdata.n)
        memcpy(exact, rdata.at, rdata.n);
    bool whole = rdata_is_whole(type, str_bytes(exact, rdata.n));
    free(exact);
    return whole;
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[DATA_SIZE];
        size_t n = strlen(rows[i].hex) / 2;
        CHECK_INT(str_from_hex(str_from(rows[i].hex), bytes, n), OK);
        if (is_whole(rows[i].type, str_bytes(bytes, n)) != rows[i].good)
            print_error("row %zu, type %u: %s\n", i, (unsigned)rows[i].type, rows[i].hex);
        CHECK_INT(is_whole(rows[i].type, str_bytes(bytes, n)), rows[i].good);
    }
}

TEST(data_are_walked_by_their_types_layout)
{
    static const struct row rows[] = {
        { RR_A, "c0000201", true },
        { RR_A, "", false },
        { RR_A, "c00002", false },
        { RR_A, "c000020100", false },
        { RR_TXT, "03616263", true },
        { RR_TXT, "00", true },
        { RR_TXT, "", false },
        { RR_TXT, "09616263", false },
        { RR_TXT, "0361626301", false },
        { 13, "01610162", true }, /* HINFO */
        { 13, "0161", false },
        { 13, "0161016200", false },
        { 20, "0161", true }, /* ISDN */
        { 20, "01610162", true },
        { 20, "016101620163", false },
        { 19, "0431313131", true }, /* X25 */
        { 19, "03313131", false },
        { 19, "0461313131", false },
        { RR_CAA, "0005697373756563", true },
        { RR_CAA, "0000", false },
        { RR_CAA, "0005697373", false },
        { RR_CAA, "000169", true },
        { RR_CAA, "00012d", false },
        { 43, "0001080961", true }, /* DS */
        { 43, "00010809", false },
        { 43, "0001080261", false }, /* a SHA-256 of one byte */
        { 25, "01000305", false },   /* KEY: without its key */
        { 25, "c0000305", true },
        { 25, "c000030500", false },
        { 57, "00000305aa", true }, /* RKEY */
        { 57, "00010305aa", false },
        { 42, "", true }, /* APL */
        { 42, "00011803c00002", true },
        { 42, "00012103c00002", false },
        { 42, "00011803c00000", false },
        { 45, "0a0002c0", true }, /* IPSECKEY */
        { 45, "0a0402c0", false },
        { 260, "0a00", true }, /* AMTRELAY */
        { 260, "0a0000", false },
        { 260, "0a83016100", true },
        { 38, "0020010db8000000000000000000000001", true }, /* A6 */
        { 38, "81016100", false },
        { 38, "80016100", true },
        { 38, "7c02016100", true },
        { 38, "7cf2016100", false },
        { 47, "016100000140", true }, /* NSEC */
        { 47, "016100", false },
        { 47, "016100000100", false },
        { 47, "016100000140000140", false },
        { 62, "000000010000", true },   /* CSYNC */
        { 55, "0102000261aabb", true }, /* HIP */
        { 55, "0102000261aabb016100", true },
        { 55, "0002000261aabb", false },
        { 29, "00121613800000008000000000989680", true }, /* LOC */
        { 29, "01a21613800000008000000000989680", true },
        { 29, "011216138000000080000000009896", false },
        { 29, "00a21613800000008000000000989680", false },
        { 29, "00121613935000018000000000989680", false },
        { 11, "c00002010680", true }, /* WKS */
        { 11, "c00002010600", false },
        { 63, "00000001010100", false }, /* ZONEMD */
        { 65280, "", true },
        { 65280, "0001", true },
    };
    check_rows(rows, LENGTH_OF(rows));
}

TEST(the_parameters_of_a_service_rise_and_are_what_their_keys_say)
{
    static const struct row rows[] = {
        { RR_HTTPS, "000100", true },
        { RR_HTTPS, "00010000010003026832", true },
        { RR_HTTPS, "0001000001000302683200", false },
        { RR_HTTPS, "00010000010000", false },
        { RR_HTTPS, "0001000001000100", false },
        { RR_HTTPS, "0001000003000201bb00010003026832", false },
        { RR_HTTPS, "0001000003000201bb0003000201bb", false },
        { RR_HTTPS, "00010000030001bb", false },
        { RR_HTTPS, "00010000020000", false }, /* no-default-alpn alone */
        { RR_HTTPS, "0001000001000302683200020000", true },
        { RR_HTTPS, "0001000000000200030003000201bb", true },
        { RR_HTTPS, "000100000000020003", false },
        { RR_HTTPS, "000100000000020000", false },
        { RR_HTTPS, "00010000040003c00002", false },
        { RR_HTTPS, "000100ffff0000", false },
        { RR_HTTPS, "000100029b0000", true },
    };
    check_rows(rows, LENGTH_OF(rows));
}

TEST(a_naptr_has_an_expression_that_can_be_used)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        { "", true },
        { "!^.*$!sip:a@example.org!", true },
        { "!^\\+44(.*)$!\\1@example.org!i", true },
        { "/^([0-9]{2,3}|x[[:alpha:]]+)?$/\\1/", true },
        { "!a\\!b!c!", true },
        { "!()a!\\1!", true },
        { "!a!b", false },
        { "!a!b!x", false },
        { "!!b!", false },
        { "!a!\\1!", false },
        { "!a!\\0!", false },
        { "!(a!b!", false },
        { "!a)!b!", false },
        { "!*a!b!", false },
        { "!a**!b!", false },
        { "!a{3,2}!b!", false },
        { "!a{300}!b!", false },
        { "![a!b!", false },
        { "![z-a]!b!", false },
        { "![[:none:]]!b!", false },
        { "!a|!b!", false },
        { "1a1b1", false },
        { "\\a\\b\\", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t space[DATA_SIZE];
        struct buf rdata = BUF_ON(space);
        buf_put(&rdata, STR("\0\1\0\1\1u\1x"));
        buf_put_u8(&rdata, (uint8_t)strlen(rows[i].text));
        buf_put_text(&rdata, rows[i].text);
        buf_put_u8(&rdata, 0);
        if (is_whole(RR_NAPTR, buf_str(&rdata)) != rows[i].good)
            print_error("row %zu: %s\n", i, rows[i].text);
        CHECK_INT(is_whole(RR_NAPTR, buf_str(&rdata)), rows[i].good);
    }
}

TEST(an_nsec3_record_stands_at_a_hash)
{
    static const struct {
        struct str owner;
        bool good;
    } rows[] = {
        { { "\x08"
            "0123abuv\7example\0",
            18 },
          true },
        { { "\x08"
            "0123abuw\7example\0",
            18 },
          false },
        { { "\x07"
            "0123abu\7example\0",
            17 },
          false },
        { { "\1*\7example\0", 11 }, false },
        { { "\0", 1 }, false },
    };
    const struct str rdata = { "\1\0\0\0\0\5abcde", 11 };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(rdata_is_whole_at(rows[i].owner, 50, rdata), rows[i].good);
    CHECK(rdata_is_whole_at(STR("\7example\0"), RR_A, STR("\1\2\3\4")));
}

TEST(any_bytes_can_be_asked_about)
{
    for (size_t type = 0; type < TYPES; type++) {
        for (size_t i = 0; i < RANDOM_ROUNDS; i++) {
            uint8_t bytes[DATA_SIZE];
            random_fill(bytes, sizeof(bytes));
            /* Small numbers are what lengths are. */
            for (size_t k = 0; k < sizeof(bytes); k++)
                bytes[k] = (uint8_t)(i % 2 ? bytes[k] % 6 : bytes[k]);
            (void)is_whole((uint16_t)type, str_bytes(bytes, i * 7 % DATA_SIZE));
        }
    }
}
