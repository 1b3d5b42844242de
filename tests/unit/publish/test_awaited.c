// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/awaited.h"

#include <stdio.h>
#include <string.h>

#include "publish/notify.h"
#include "test.h"

enum {
    TEXT_MAX = 256
};

static char answered[TEXT_MAX];

static void answer(void *ctx, int64_t number)
{
    size_t n = strlen(answered);
    (void)ctx;
    (void)snprintf(answered + n, TEXT_MAX - n, "%d ", (int)number);
}

static void begin(struct awaited *awaited, bool is_for_all_before)
{
    awaited_init(awaited, answer, NULL);
    awaited->is_for_all_before = is_for_all_before;
    answered[0] = 0;
}

static void add(struct awaited *awaited, int number, uint32_t zone, uint32_t serial,
                uint64_t lacking)
{
    const struct awaited_question question = {
        .number = number, .zone = zone, .serial = serial, .lacking = lacking
    };
    awaited_add(awaited, &question);
}

TEST(a_question_is_answered_when_the_last_that_lacked_the_serial_has_it)
{
    struct awaited awaited;
    begin(&awaited, false);
    add(&awaited, 1, 5, 100, 3);
    add(&awaited, 2, 5, 101, 1);
    add(&awaited, 3, 6, 100, 1);
    awaited_catch_up(&awaited, 0, 5, 99);
    CHECK(awaited_lacks(&awaited, 0, 5));
    awaited_catch_up(&awaited, 0, 5, 101);
    CHECK_TEXT(answered, "2 ");
    CHECK(!awaited_lacks(&awaited, 0, 5));
    CHECK(awaited_lacks(&awaited, 1, 5));
    CHECK(awaited_lacks(&awaited, 0, 6));
    awaited_catch_up(&awaited, 1, 5, 100);
    awaited_catch_up(&awaited, 0, 6, 100);
    CHECK_TEXT(answered, "2 1 3 ");
    CHECK_INT(awaited.count, 0);
    awaited_done(&awaited);
}

TEST(of_questions_that_are_answered_together_the_oldest_and_the_newest_are_kept)
{
    struct awaited awaited;
    begin(&awaited, true);
    for (int i = 1; i <= 5; i++)
        add(&awaited, i, 5, 100 + (uint32_t)i, 1);
    add(&awaited, 6, 6, 100, 1);
    CHECK_INT(awaited.count, 3);
    awaited_catch_up(&awaited, 0, 5, 104);
    CHECK_TEXT(answered, "1 ");
    awaited_catch_up(&awaited, 0, 5, 105);
    CHECK_TEXT(answered, "1 5 ");
    awaited_done(&awaited);

    begin(&awaited, false);
    for (int i = 1; i <= 5; i++)
        add(&awaited, i, 5, 100 + (uint32_t)i, 1);
    CHECK_INT(awaited.count, 5);
    awaited_done(&awaited);
}

TEST(of_too_many_questions_the_oldest_is_forgotten)
{
    struct awaited awaited;
    begin(&awaited, true);
    for (int i = 1; i <= NOTIFY_AWAITED_MAX + 1; i++)
        add(&awaited, i, (uint32_t)i, 100, 1);
    CHECK_INT(awaited.count, NOTIFY_AWAITED_MAX);
    awaited_catch_up(&awaited, 0, 1, 100);
    awaited_catch_up(&awaited, 0, 2, 100);
    CHECK_TEXT(answered, "2 ");
    awaited_done(&awaited);
}
