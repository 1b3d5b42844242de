// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/buf.h"

#include <string.h>

#include "test.h"

TEST(numbers_are_written_in_their_byte_order)
{
    uint8_t bytes[32];
    struct buf buf = BUF_ON(bytes);
    buf_put_u8(&buf, 0x01);
    buf_put_u16(&buf, 0x0203);
    buf_put_u32(&buf, 0x04050607);
    buf_put_u64(&buf, 0x08090a0b0c0d0e0f);
    buf_put_u32le(&buf, 0x13121110);
    CHECK_INT(buf.n, 19);
    for (size_t i = 0; i < 15; i++)
        CHECK_INT(bytes[i], i + 1);
    for (size_t i = 15; i < 19; i++)
        CHECK_INT(bytes[i], i + 1);
    CHECK(!buf.full);
}

TEST(texts_decimals_and_hex_are_written)
{
    char text[128];
    struct buf buf = BUF_ON(text);
    buf_put_text(&buf, "a=");
    buf_put_decimal(&buf, 0);
    buf_put(&buf, STR(" b="));
    buf_put_decimal(&buf, UINT64_MAX);
    buf_put_text(&buf, " c=");
    buf_put_hex(&buf, str_bytes("\x00\xfe\x10", 3));
    buf_printf(&buf, " d=%d%s", -5, "%");
    buf_put(&buf, str_bytes(NULL, 0));
    CHECK_TEXT(buf_text(&buf), "a=0 b=18446744073709551615 c=00fe10 d=-5%");
    CHECK_STR(buf_str(&buf), "a=0 b=18446744073709551615 c=00fe10 d=-5%");
    CHECK(!buf.full);
}

TEST(the_first_write_that_does_not_fit_is_the_last)
{
    char text[4];
    struct buf buf = BUF_ON(text);
    buf_put_text(&buf, "abc");
    buf_put_text(&buf, "de");
    CHECK(buf.full);
    buf_put_text(&buf, "f");
    CHECK_STR(buf_str(&buf), "abc");
}

static void write_each(struct buf *buf, size_t which)
{
    switch (which) {
    case 0:
        buf_put_u16(buf, 1);
        break;
    case 1:
        buf_put_u64(buf, 1);
        break;
    case 2:
        buf_put_hex(buf, STR("a"));
        break;
    case 3:
        buf_printf(buf, "%d", 10);
        break;
    case 4:
        buf_put_decimal(buf, 10);
        break;
    default:
        buf_put_hex(buf, (struct str){ "", SIZE_MAX });
        break;
    }
}

TEST(no_kind_of_write_passes_the_end)
{
    for (size_t which = 0; which < 6; which++) {
        char text[3] = { 'a', 'b', 'c' };
        struct buf buf = buf_on(text, 2);
        buf_put_u8(&buf, 'x');
        write_each(&buf, which);
        CHECK(buf.full);
        CHECK(memcmp(text, "xbc", 3) == 0);
    }
}

TEST(a_formatted_text_may_fill_the_storage)
{
    char text[5];
    struct buf buf = BUF_ON(text);
    buf_printf(&buf, "%s", "12345");
    CHECK(!buf.full);
    CHECK_STR(buf_str(&buf), "12345");
}

TEST(a_long_formatted_text_is_written_whole_or_not_at_all)
{
    static char text[4000];
    struct buf buf = BUF_ON(text);
    buf_printf(&buf, "%03000d", 7);
    CHECK_INT(buf.n, 3000);
    CHECK_INT(text[2999], '7');
    buf_printf(&buf, "%03000d", 7);
    CHECK(buf.full);
    CHECK_INT(buf.n, 3000);
}

TEST(the_zero_byte_takes_the_last_place_of_a_full_buffer)
{
    char text[3];
    struct buf buf = BUF_ON(text);
    buf_put_text(&buf, "ab");
    CHECK_TEXT(buf_text(&buf), "ab");
    CHECK(!buf.full);
    buf_put_text(&buf, "c");
    CHECK(!buf.full);
    CHECK_TEXT(buf_text(&buf), "ab");
    CHECK(buf.full);
}
