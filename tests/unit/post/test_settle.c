// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/settle.h"

#include "base/str.h"
#include "post/kind.h"
#include "test.h"

enum {
    START_S = 1000000,
    MINUTE_S = 60,
    TWO_DAYS_S = 2 * 24 * 3600
};

static struct mail_row row_of(enum post_kind kind)
{
    return (
        struct mail_row){ .kind = (uint8_t)kind, .due_s = START_S, .created_s = START_S };
}

TEST(the_pauses_are_1_5_15_and_60_minutes_and_then_4_hours_for_two_days)
{
    static const int64_t pauses[] = { 1, 5, 15, 60, 240, 240, 240 };
    struct mail_row row = row_of(POST_NEW_TOKEN);
    int64_t now_s = START_S;
    for (size_t i = 0; i < LENGTH_OF(pauses); i++) {
        post_settle(&row, POST_LATER, STR("451 later"), now_s);
        CHECK_INT(row.state, MAIL_WAITING);
        CHECK_INT(row.due_s - now_s, pauses[i] * MINUTE_S);
        CHECK_INT(row.tries, i + 1);
        CHECK_TEXT(row.last_error, "451 later");
        now_s = row.due_s;
    }
    while (row.state == MAIL_WAITING) {
        now_s = row.due_s;
        post_settle(&row, POST_LATER, STR("451 later"), now_s);
        CHECK(now_s - START_S <= TWO_DAYS_S);
    }
    CHECK_INT(row.state, MAIL_DEAD);
    CHECK_INT(row.ended_s, now_s);
    CHECK(now_s - START_S > TWO_DAYS_S - 240 * MINUTE_S);
}

TEST(a_link_that_has_expired_is_not_tried_again)
{
    struct mail_row row = row_of(POST_RESET);
    post_settle(&row, POST_LATER, STR("451 later"), START_S);
    post_settle(&row, POST_LATER, STR("451 later"), START_S + 60);
    CHECK_INT(row.state, MAIL_WAITING);
    CHECK(!post_is_over(&row, START_S + 30 * MINUTE_S - 1));
    CHECK(post_is_over(&row, START_S + 30 * MINUTE_S));
    post_settle(&row, POST_LATER, STR("451 later"), START_S + 16 * MINUTE_S);
    CHECK_INT(row.state, MAIL_DEAD);
    struct mail_row waited = row_of(POST_CONFIRM);
    post_give_up(&waited, START_S + 99);
    CHECK_INT(waited.state, MAIL_DEAD);
    CHECK_INT(waited.ended_s, START_S + 99);
    CHECK_TEXT(waited.last_error, "its link has expired");
}

TEST(a_notice_waits_for_the_operator_as_long_as_it_takes)
{
    struct mail_row row = row_of(POST_HOST_SILENT);
    int64_t now_s = START_S;
    for (int i = 0; i < 10000; i++) {
        post_settle(&row, POST_TROUBLE, STR("535 bad password"), now_s);
        CHECK_INT(row.state, MAIL_WAITING);
        CHECK_INT(row.due_s, now_s);
        now_s += 60;
    }
    CHECK_INT(row.tries, 0);
    CHECK(!post_is_over(&row, now_s));
    post_settle(&row, POST_DELIVERED, STR(""), now_s);
    CHECK_INT(row.state, MAIL_SENT);
    CHECK_INT(row.ended_s, now_s);
    CHECK_TEXT(row.last_error, "");
}

TEST(after_the_operators_trouble_a_notice_has_its_two_days_of_tries)
{
    struct mail_row row = row_of(POST_NEW_TOKEN);
    int64_t now_s = START_S + 2 * TWO_DAYS_S;
    post_settle(&row, POST_TROUBLE, STR("535 bad password"), now_s);
    post_settle(&row, POST_LATER, STR("451 greylisted"), now_s + 60);
    CHECK_INT(row.state, MAIL_WAITING);
    CHECK_INT(row.due_s, now_s + 120);
}

TEST(a_refusal_ends_it_until_somebody_wants_it_tried_again)
{
    struct mail_row row = row_of(POST_NEW_LOGIN);
    post_settle(&row, POST_REFUSED, STR("550 nobody"), START_S + 5);
    CHECK_INT(row.state, MAIL_DEAD);
    CHECK_INT(row.tries, 1);
    CHECK_TEXT(row.last_error, "550 nobody");
    post_try_again(&row, START_S + 900);
    CHECK_INT(row.state, MAIL_WAITING);
    CHECK_INT(row.due_s, START_S + 900);
    CHECK_INT(row.ended_s, 0);
}
