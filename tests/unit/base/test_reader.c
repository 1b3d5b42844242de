// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/reader.h"

#include "base/buf.h"
#include "test.h"

TEST(what_buf_writes_is_read)
{
    uint8_t bytes[32];
    struct buf buf = BUF_ON(bytes);
    buf_put_u8(&buf, 0xf1);
    buf_put_u16(&buf, 0xf2f3);
    buf_put_u32(&buf, 0xf4f5f6f7);
    buf_put_u64(&buf, 0xf8f9fafbfcfdfeff);
    buf_put_text(&buf, "text and more");
    struct reader reader = reader_on(buf_str(&buf));
    CHECK(reader_u8(&reader) == 0xf1);
    CHECK(reader_u16(&reader) == 0xf2f3);
    CHECK(reader_u32(&reader) == 0xf4f5f6f7);
    CHECK(reader_u64(&reader) == 0xf8f9fafbfcfdfeff);
    CHECK_STR(reader_bytes(&reader, 4), "text");
    CHECK_STR(reader_bytes(&reader, 0), "");
    CHECK(!reader_is_done(&reader));
    CHECK_STR(reader_rest(&reader), " and more");
    CHECK_STR(reader_rest(&reader), "");
    CHECK(reader_is_done(&reader));
}

TEST(the_first_read_beyond_the_end_fails_all_later_ones)
{
    static const size_t wanted[] = { 1, 2, 4, 8 };
    for (size_t i = 0; i < LENGTH_OF(wanted); i++) {
        struct reader reader = reader_on(str_first(STR("12345678"), wanted[i] - 1));
        uint64_t number = i == 0   ? reader_u8(&reader)
                          : i == 1 ? reader_u16(&reader)
                          : i == 2 ? reader_u32(&reader)
                                   : reader_u64(&reader);
        CHECK_INT(number, 0);
        CHECK(reader.failed);
        CHECK(!reader_is_done(&reader));
        CHECK_INT(reader_u8(&reader), 0);
        CHECK_STR(reader_bytes(&reader, 0), "");
        CHECK_STR(reader_rest(&reader), "");
        CHECK(reader.failed);
    }
}

TEST(bytes_that_are_not_all_there_are_not_given)
{
    struct reader reader = reader_on(STR("abc"));
    CHECK_STR(reader_bytes(&reader, SIZE_MAX), "");
    CHECK(reader.failed);
    CHECK_STR(reader_rest(&reader), "");
}

TEST(a_reader_can_be_told_that_it_failed)
{
    struct reader reader = reader_on(STR("abc"));
    reader_fail(&reader);
    CHECK_INT(reader_u8(&reader), 0);
    CHECK(!reader_is_done(&reader));
}

TEST(nothing_is_read_from_nothing)
{
    struct reader reader = reader_on((struct str){ 0 });
    CHECK_STR(reader_rest(&reader), "");
    CHECK(reader_is_done(&reader));
    CHECK_INT(reader_u16(&reader), 0);
    CHECK(reader.failed);
}
