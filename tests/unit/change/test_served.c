// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/served.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "net/loop.h"
#include "test.h"

enum {
    DYN = 3,
    NET = 4,
    TEXT_MAX = 1024
};

/* What was asked, as "number:zone", and told, as "host@seq". */
struct stage {
    struct clock_manual clock;
    struct loop *loop;
    struct served *served;
    char asked[TEXT_MAX], told[TEXT_MAX];
    size_t asked_count, told_count;
};

static void ask(void *ctx, int64_t number, int64_t zone_id)
{
    struct stage *stage = (struct stage *)ctx;
    size_t n = strlen(stage->asked);
    stage->asked_count++;
    (void)snprintf(stage->asked + n, TEXT_MAX - n, "%d:%d ", (int)number, (int)zone_id);
}

static void tell(void *ctx, int64_t host_id, int64_t seq)
{
    struct stage *stage = (struct stage *)ctx;
    size_t n = strlen(stage->told);
    stage->told_count++;
    (void)snprintf(stage->told + n, TEXT_MAX - n, "%d@%d ", (int)host_id, (int)seq);
}

static void open_stage(struct stage *stage)
{
    *stage = (struct stage){ .told_count = 0 };
    clock_manual_init(&stage->clock, 1000000, 1000);
    stage->loop = loop_new(&stage->clock.clock);
    const struct served_options options = {
        .loop = stage->loop, .ask = ask, .tell = tell, .ctx = stage
    };
    stage->served = served_new(&options);
}

static void close_stage(struct stage *stage)
{
    served_free(stage->served);
    loop_free(stage->loop);
}

/* What is asked while `ms` pass. */
static const char *asked(struct stage *stage, int64_t ms)
{
    stage->asked[0] = 0;
    stage->clock.now_ms += ms;
    loop_turn(stage->loop, 0);
    return stage->asked;
}

static const char *told(struct stage *stage, int64_t number)
{
    stage->told[0] = 0;
    served_answer(stage->served, number);
    return stage->told;
}

TEST(a_zone_is_asked_once_for_all_of_its_hosts_that_the_image_carries)
{
    struct stage stage;
    open_stage(&stage);
    served_note(stage.served, 7, DYN, 11);
    served_note(stage.served, 8, NET, 12);
    served_note(stage.served, 9, DYN, 13);
    served_note(stage.served, 10, DYN, 14);
    CHECK_TEXT(asked(&stage, 1000), "");
    served_applied(stage.served, 13);
    CHECK_TEXT(asked(&stage, 0), "1:3 2:4 ");
    CHECK_TEXT(told(&stage, 1), "7@11 9@13 ");
    CHECK_TEXT(told(&stage, 1), "");
    CHECK_TEXT(told(&stage, 2), "8@12 ");
    served_applied(stage.served, 14);
    CHECK_TEXT(asked(&stage, SERVED_PACE_MS), "3:3 ");
    CHECK_TEXT(told(&stage, 3), "10@14 ");
    CHECK_TEXT(told(&stage, 0), "");
    CHECK_TEXT(told(&stage, -1), "");
    CHECK_TEXT(told(&stage, 99), "");
    close_stage(&stage);
}

TEST(of_a_host_only_the_newest_change_is_told)
{
    struct stage stage;
    open_stage(&stage);
    served_note(stage.served, 7, DYN, 11);
    served_applied(stage.served, 11);
    CHECK_TEXT(asked(&stage, 0), "1:3 ");
    served_note(stage.served, 7, DYN, 12);
    CHECK_TEXT(told(&stage, 1), "");
    served_applied(stage.served, 12);
    CHECK_TEXT(asked(&stage, SERVED_PACE_MS), "2:3 ");
    CHECK_TEXT(told(&stage, 2), "7@12 ");
    close_stage(&stage);
}

TEST(an_answer_is_one_to_all_questions_before_about_the_zone)
{
    struct stage stage;
    open_stage(&stage);
    for (int i = 1; i <= 3; i++) {
        served_note(stage.served, i, i == 2 ? NET : DYN, i);
        served_applied(stage.served, i);
        (void)asked(&stage, SERVED_PACE_MS);
    }
    CHECK_TEXT(told(&stage, 3), "1@1 3@3 ");
    CHECK_TEXT(told(&stage, 2), "2@2 ");
    close_stage(&stage);
}

TEST(questions_keep_a_pace_and_are_few_at_once)
{
    struct stage stage;
    open_stage(&stage);
    for (int i = 1; i <= SERVED_ZONES_MAX + 8; i++)
        served_note(stage.served, i, i, 1);
    served_applied(stage.served, 1);
    (void)asked(&stage, 0);
    CHECK_INT(stage.asked_count, SERVED_ZONES_MAX);
    (void)asked(&stage, SERVED_PACE_MS - 1);
    CHECK_INT(stage.asked_count, SERVED_ZONES_MAX);
    (void)asked(&stage, 1);
    CHECK_INT(stage.asked_count, SERVED_ZONES_MAX + 8);
    (void)asked(&stage, 10000);
    CHECK_INT(stage.asked_count, SERVED_ZONES_MAX + 8);
    close_stage(&stage);
}

TEST(what_was_forgotten_by_who_was_asked_is_asked_again)
{
    struct stage stage;
    open_stage(&stage);
    served_note(stage.served, 7, DYN, 11);
    served_applied(stage.served, 11);
    CHECK_TEXT(asked(&stage, 0), "1:3 ");
    served_ask_again(stage.served);
    CHECK_TEXT(asked(&stage, SERVED_PACE_MS), "");
    served_applied(stage.served, 0); /* one that has just started */
    CHECK_TEXT(asked(&stage, SERVED_PACE_MS), "");
    served_applied(stage.served, 11);
    CHECK_TEXT(asked(&stage, 0), "2:3 ");
    CHECK_TEXT(told(&stage, 2), "7@11 ");
    close_stage(&stage);
}

TEST(hosts_for_which_no_answer_comes_are_forgotten)
{
    struct stage stage;
    open_stage(&stage);
    for (int i = 1; i <= SERVED_HOSTS_MAX; i++)
        served_note(stage.served, i, DYN, i);
    served_note(stage.served, 1, DYN, SERVED_HOSTS_MAX + 1); /* no longer the oldest */
    served_note(stage.served, SERVED_HOSTS_MAX + 1, NET, 5);
    served_applied(stage.served, SERVED_HOSTS_MAX + 1);
    CHECK_TEXT(asked(&stage, 0), "1:3 2:4 ");
    CHECK_TEXT(told(&stage, 2), "1025@5 ");
    (void)told(&stage, 1);
    CHECK_INT(stage.told_count, SERVED_HOSTS_MAX);
    CHECK(strncmp(stage.told, "3@3 ", 4) == 0); /* 2 has gone */

    served_note(stage.served, 7, DYN, 3000);
    (void)asked(&stage, SERVED_KEPT_MS);
    served_applied(stage.served, 3000);
    CHECK_TEXT(asked(&stage, SERVED_PACE_MS), "");
    close_stage(&stage);
}
