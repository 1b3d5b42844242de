// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "run/wire.h"

/* A str of a literal, for a static table. */
#define STR_OF(text) \
    { \
        (text), sizeof(text) - 1 \
    }

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

TEST(a_look_goes_over_the_wire_and_back)
{
    static const struct wire_look rows[] = {
        { 1, WIRE_OF_HOST, true, STR_OF("\003dyn"), STR_OF("\004home\003dyn") },
        { INT64_MAX, WIRE_OF_ZONE, false, STR_OF("\003dyn"), STR_OF("") },
        { 0, WIRE_OF_SECONDARIES, false, STR_OF(""), STR_OF("") },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t storage[WIRE_LOOK_SIZE];
        struct buf body = BUF_ON(storage);
        struct wire_look got;
        wire_put_look(&body, &rows[i]);
        CHECK_INT(wire_take_look(buf_str(&body), &got), OK);
        CHECK(got.number == rows[i].number && got.subject == rows[i].subject);
        CHECK(got.waits == rows[i].waits && str_equal(got.zone, rows[i].zone) &&
              str_equal(got.host, rows[i].host));
        for (size_t cut = 0; cut < body.n; cut++)
            CHECK_INT(wire_take_look(str_first(buf_str(&body), cut), &got), ERR_SYNTAX);
        buf_put_u8(&body, 0);
        CHECK_INT(wire_take_look(buf_str(&body), &got), ERR_SYNTAX);
    }
}

TEST(a_look_at_nothing_or_without_its_names_is_refused)
{
    static const struct wire_look rows[] = {
        { 1, WIRE_OF_HOST, true, STR_OF("\003dyn"), STR_OF("") },
        { 1, WIRE_OF_HOST, true, STR_OF(""), STR_OF("\003dyn") },
        { 1, WIRE_OF_ZONE, true, STR_OF(""), STR_OF("") },
        { 1, (enum wire_subject)(WIRE_OF_SECONDARIES + 1), true, STR_OF("\003dyn"),
          STR_OF("\003dyn") },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t storage[WIRE_LOOK_SIZE];
        struct buf body = BUF_ON(storage);
        struct wire_look got = { .number = 5 };
        wire_put_look(&body, &rows[i]);
        CHECK_INT(wire_take_look(buf_str(&body), &got), ERR_SYNTAX);
        CHECK(got.number == 5);
    }
}
