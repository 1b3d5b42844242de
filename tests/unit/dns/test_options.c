// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/options.h"
#include "test.h"

#define COOKIE_8 "\0\12\0\10abcdefgh"
#define COOKIE_16 "\0\12\0\20abcdefghabcdefgh"

TEST(options_of_a_query_are_taken_apart)
{
    static const struct {
        struct str bytes;
        bool good, nsid, keepalive;
        size_t cookie_n;
    } rows[] = {
#define ROW(text, ...) { { text, sizeof(text) - 1 }, __VA_ARGS__ }
        ROW("", true, false, false, 0),
        ROW("\0\3\0\0", true, true, false, 0),
        ROW("\0\3\0\2xy", true, true, false, 0), /* what it says is ignored */
        ROW("\0\13\0\0", true, false, true, 0),
        ROW("\0\13\0\2\0\1", true, false, false, 0), /* a server's */
        ROW(COOKIE_8, true, false, false, 8),
        ROW(COOKIE_16, true, false, false, 16),
        ROW("\0\12\0\50" COOKIE_16 COOKIE_16, true, false, false, 40),
        ROW(COOKIE_8 "\0\3\0\0" COOKIE_16, true, true, false, 8),      /* the first one */
        ROW("\xff\xff\0\3abc\0\10\0\0\0\3\0\0", true, true, false, 0), /* unknown */
        /* broken: lengths that no cookie has, bytes that are missing or left over */
        ROW("\0\12\0\0", false, false, false, 0),
        ROW("\0\12\0\7abcdefg", false, false, false, 7),
        ROW("\0\12\0\11abcdefghi", false, false, false, 9),
        ROW("\0\12\0\17abcdefghabcdefg", false, false, false, 15),
        ROW("\0\12\0\51" COOKIE_16 COOKIE_16 "x", false, false, false, 41),
        ROW("\0\3\0\1", false, false, false, 0),
        ROW("\0\3\0\0\0", false, true, false, 0),
        ROW("\0\3\0", false, false, false, 0),
        ROW("\0\3\xff\xff", false, false, false, 0),
        ROW(COOKIE_8 "\0\12\0\1a", false, false, false, 8),
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct query_options options;
        CHECK_INT(options_read(rows[i].bytes, &options), rows[i].good);
        CHECK_INT(options.nsid, rows[i].nsid);
        CHECK_INT(options.keepalive, rows[i].keepalive);
        CHECK_INT(options.cookie.n, rows[i].cookie_n);
    }
}

TEST(options_of_a_reply_are_written_as_far_as_they_fit)
{
    static const struct {
        size_t room;
        const char *want;
    } rows[] = {
        { 100, "000a00186162636465666768616263646566676861626364656667680"
               "00b0002006400030003616d73000f00020014" },
        { 46, "000a00186162636465666768616263646566676861626364656667680"
              "00b0002006400030003616d73" },
        { 40, "000a00186162636465666768616263646566676861626364656667680"
              "00b00020064000f00020014" }, /* what fits may come behind */
        { 28, "000a0018616263646566676861626364656667686162636465666768" },
        { 27, "000b0002006400030003616d73000f00020014" },
        { 5, "" },
        { 0, "" },
    };
    const struct reply_options options = { .cookie = STR("abcdefghabcdefghabcdefgh"),
                                           .nsid = STR("ams"),
                                           .keepalive = 100 };
    CHECK_INT(options_size(&options), 28 + 6 + 7);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t storage[100];
        char text[201];
        struct buf out = buf_on(storage, rows[i].room), hex = BUF_ON(text);
        options_put(&options, &out);
        options_put_error(EXTENDED_NOT_AUTHORITATIVE, &out);
        CHECK(!out.full);
        buf_put_hex(&hex, buf_str(&out));
        CHECK_TEXT(buf_text(&hex), rows[i].want);
    }
}

TEST(nothing_to_say_takes_no_bytes)
{
    static const struct reply_options none = { .keepalive = 0 };
    uint8_t storage[64];
    struct buf out = BUF_ON(storage);
    CHECK_INT(options_size(&none), 0);
    options_put(&none, &out);
    options_put_error(EXTENDED_NONE, &out);
    CHECK_INT(out.n, 0);
}
