// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "update/wait.h"

enum {
    WAITERS = 5
};

/* What was told, in order. */
static size_t told_count;
static struct {
    size_t who;
    bool seen;
} told[WAITERS * 2];
static size_t numbers[WAITERS] = { 0, 1, 2, 3, 4 };

static void note(void *ctx, bool seen)
{
    told[told_count].who = *(const size_t *)ctx;
    told[told_count++].seen = seen;
}

static struct waiter waiters[WAITERS];
static struct waits waits;
static struct clock_manual hand;
static struct loop *loop;

static void add(size_t who, int64_t seq)
{
    waiters[who] = (struct waiter){ .fn = note, .ctx = &numbers[who] };
    waits_add(&waits, &waiters[who], seq);
}

static void open_waits(void)
{
    told_count = 0;
    clock_manual_init(&hand, 1000000, 5000);
    loop = loop_new(&hand.clock);
    waits_init(&waits, loop, WAIT_IMAGE_MS);
}

static void close_waits(void)
{
    waits_done(&waits);
    loop_free(loop);
}

static void pass(int64_t ms)
{
    hand.now_ms += ms;
    loop_turn(loop, 0);
}

TEST(what_the_image_has_already_is_told_at_once)
{
    open_waits();
    waits_applied(&waits, 7);
    add(0, 7);
    add(1, 0);
    CHECK_INT(told_count, 2);
    CHECK(told[0].seen && told[1].seen);
    close_waits();
}

TEST(each_waits_for_its_own_change)
{
    open_waits();
    for (size_t i = 0; i < WAITERS; i++)
        add(i, 10 - (int64_t)i);
    CHECK_INT(waits.count, WAITERS);
    waits_applied(&waits, 7);
    CHECK_INT(told_count, 2);
    CHECK_INT(told[0].who, 3);
    CHECK_INT(told[1].who, 4);
    waits_applied(&waits, 10);
    CHECK_INT(told_count, WAITERS);
    CHECK_INT(waits.count, 0);
    for (size_t i = 0; i < WAITERS; i++)
        CHECK(told[i].seen);
    close_waits();
}

TEST(two_seconds_are_enough)
{
    open_waits();
    add(0, 5);
    pass(1000);
    add(1, 6);
    pass(999);
    CHECK_INT(told_count, 0);
    pass(1);
    CHECK_INT(told_count, 1);
    CHECK(told[0].who == 0 && !told[0].seen);
    pass(WAIT_IMAGE_MS / 2);
    CHECK_INT(told_count, 2);
    CHECK(told[1].who == 1 && !told[1].seen);
    close_waits();
}

TEST(the_second_is_still_in_time_when_the_first_was_told)
{
    open_waits();
    add(0, 5);
    pass(500);
    add(1, 6);
    waits_applied(&waits, 5);
    CHECK_INT(told_count, 1);
    pass(WAIT_IMAGE_MS - 1);
    CHECK_INT(told_count, 1);
    pass(1);
    CHECK_INT(told_count, 2);
    CHECK(!told[1].seen);
    close_waits();
}

static void add_again(void *ctx, bool seen)
{
    note(ctx, seen);
    add(1, 9);
}

TEST(telling_one_may_bring_another)
{
    open_waits();
    waiters[0] = (struct waiter){ .fn = add_again, .ctx = &numbers[0] };
    waits_add(&waits, &waiters[0], 5);
    waits_applied(&waits, 8);
    CHECK_INT(told_count, 1);
    CHECK_INT(waits.count, 1);
    pass(WAIT_IMAGE_MS);
    CHECK_INT(told_count, 2);
    close_waits();
}

TEST(who_still_waits_at_the_end_is_not_told)
{
    open_waits();
    add(0, 5);
    close_waits();
    CHECK_INT(told_count, 0);
}

TEST(without_a_loop_nobody_waits)
{
    told_count = 0;
    waits_init(&waits, NULL, WAIT_IMAGE_MS);
    add(0, 5);
    CHECK_INT(told_count, 1);
    CHECK(!told[0].seen);
    waits_done(&waits);
}

TEST(one_whose_number_is_met_leaves_the_others_waiting)
{
    open_waits();
    for (size_t i = 0; i < WAITERS; i++)
        add(i, 10 + (int64_t)i);
    waits_met(&waits, 12);
    waits_met(&waits, 12);
    waits_met(&waits, 99);
    CHECK_INT(told_count, 1);
    CHECK_INT(told[0].who, 2);
    CHECK(told[0].seen);
    waits_met(&waits, 10);
    CHECK_INT(told_count, 2);
    pass(WAIT_IMAGE_MS);
    CHECK_INT(told_count, WAITERS);
    CHECK(!told[2].seen);
    CHECK_INT(waits.count, 0);
    close_waits();
}
