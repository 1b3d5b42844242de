// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/mail_wire.h"

#include "test.h"

TEST(a_mail_comes_through_as_it_was_put)
{
    const struct mail_wire mail = { .id = 7,
                                    .date_s = 1700000000,
                                    .to = STR("anna@example.net"),
                                    .language = STR("de"),
                                    .message_id = STR("00@example.org"),
                                    .subject = STR("Gr\xc3\xbc\xc3\x9f"),
                                    .unsubscribe = STR(""),
                                    .body = STR("a\0b\n") };
    uint8_t storage[512];
    struct buf out = BUF_ON(storage);
    struct mail_wire got;
    mail_wire_put(&mail, &out);
    CHECK_INT(mail_wire_take(buf_str(&out), &got), OK);
    CHECK(got.id == mail.id && got.date_s == mail.date_s);
    CHECK(str_equal(got.to, mail.to) && str_equal(got.language, mail.language));
    CHECK(str_equal(got.message_id, mail.message_id));
    CHECK(str_equal(got.subject, mail.subject) && got.unsubscribe.n == 0);
    CHECK(str_equal(got.body, mail.body));
    for (size_t n = 0; n < out.n; n++)
        CHECK_INT(mail_wire_take(str_first(buf_str(&out), n), &got), ERR_SYNTAX);
    buf_put_u8(&out, 0);
    CHECK_INT(mail_wire_take(buf_str(&out), &got), ERR_SYNTAX);
}

TEST(verdicts_and_counts_come_through)
{
    const struct mail_wire_verdict verdict = { .id = 7,
                                               .verdict = 2,
                                               .why = STR("550 nobody") };
    uint8_t storage[512];
    struct buf out = BUF_ON(storage), counts = BUF_ON(storage);
    struct mail_wire_verdict got;
    mail_wire_put_verdict(&verdict, &out);
    CHECK_INT(mail_wire_take_verdict(buf_str(&out), &got), OK);
    CHECK(got.id == 7 && got.verdict == 2 && str_equal(got.why, verdict.why));
    CHECK_INT(mail_wire_take_verdict(str_first(buf_str(&out), out.n - 1), &got),
              ERR_SYNTAX);
    int64_t waiting = 0, dead = 0;
    mail_wire_put_counts(3, 4, &counts);
    CHECK_INT(mail_wire_take_counts(buf_str(&counts), &waiting, &dead), OK);
    CHECK(waiting == 3 && dead == 4);
    CHECK_INT(mail_wire_take_counts(str_first(buf_str(&counts), 15), &waiting, &dead),
              ERR_SYNTAX);
}

TEST(numbers_that_are_too_great_are_refused)
{
    uint8_t storage[16] = { 0x80 };
    int64_t waiting = 0, dead = 0;
    CHECK_INT(mail_wire_take_counts(str_bytes(storage, 16), &waiting, &dead), ERR_SYNTAX);
}
