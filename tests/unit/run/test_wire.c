// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "run/wire.h"

TEST(a_seq_goes_over_the_wire_and_back)
{
    static const int64_t rows[] = { 0, 1, 256, INT64_MAX };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t storage[16];
        struct buf body = BUF_ON(storage);
        wire_put_seq(&body, rows[i]);
        buf_put_text(&body, "rest");
        int64_t seq = -1;
        struct str rest;
        CHECK_INT(wire_take_seq(buf_str(&body), &seq, &rest), OK);
        CHECK(seq == rows[i]);
        CHECK_STR(rest, "rest");
    }
}

TEST(a_seq_that_is_cut_or_negative_is_refused)
{
    int64_t seq = 5;
    struct str rest = STR("as before");
    CHECK_INT(wire_take_seq(STR("1234567"), &seq, &rest), ERR_SYNTAX);
    CHECK_INT(wire_take_seq(STR("\xff\xff\xff\xff\xff\xff\xff\xff"), &seq, &rest),
              ERR_SYNTAX);
    CHECK(seq == 5);
    CHECK_STR(rest, "as before");
}
