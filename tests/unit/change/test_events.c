// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/events.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/loop.h"
#include "test.h"

enum {
    ALICE = 1,
    BOB = 2,
    TOLD_MAX = 2048
};

/* What was told, as "kind account host seq reached data" for each listener of it. */
struct stage {
    struct clock_manual clock;
    struct loop *loop;
    struct events *events;
    char told[TOLD_MAX];
    size_t count;
    struct event_listener *leaver; /* leaves when something is told */
};

static void tell(void *ctx, const struct event *event, struct event_listeners *to)
{
    struct stage *stage = (struct stage *)ctx;
    const struct event_listener *listener = NULL;
    LIST_FOREACH(listener, to, links)
    {
        size_t n = strlen(stage->told);
        stage->count++;
        if (n < TOLD_MAX / 2)
            (void)snprintf(stage->told + n, TOLD_MAX - n, "%d %d %d %d %d %s\n",
                           (int)event->kind, (int)event->account_id, (int)event->host_id,
                           (int)event->seq, (int)event->reached,
                           event->data ? event->data : "-");
    }
    if (stage->leaver)
        events_leave(TAKE(stage->leaver));
}

static void open_stage(struct stage *stage)
{
    *stage = (struct stage){ .count = 0 };
    clock_manual_init(&stage->clock, 1000000, 1000);
    stage->loop = loop_new(&stage->clock.clock);
    stage->events = events_new(stage->loop);
    events_tell_by(stage->events, tell, stage);
}

static void close_stage(struct stage *stage)
{
    events_free(stage->events);
    loop_free(stage->loop);
}

/* What is told while `ms` pass. */
static const char *told(struct stage *stage, int64_t ms)
{
    stage->told[0] = 0;
    stage->clock.now_ms += ms;
    for (int i = 0; i < 100; i++)
        loop_turn(stage->loop, 0);
    return stage->told;
}

static void post(struct stage *stage, enum event_kind kind, int64_t account_id,
                 int64_t host_id, int64_t seq, const char *data)
{
    const struct event event = { .kind = kind,
                                 .account_id = account_id,
                                 .host_id = host_id,
                                 .seq = seq,
                                 .data = data };
    events_post(stage->events, &event);
    if (kind == TOLD_HOST)
        events_committed(stage->events, seq);
}

TEST(an_account_hears_of_its_own_hosts_and_whoever_listens_to_all_of_all)
{
    struct stage stage;
    struct event_listener alice = { .owner = NULL }, all = { .owner = NULL };
    open_stage(&stage);
    post(&stage, TOLD_HOST, ALICE, 7, 1, NULL); /* nobody listens */
    CHECK(!events_are_wanted(stage.events));
    events_listen(stage.events, ALICE, &alice);
    CHECK(events_are_wanted(stage.events));
    CHECK(events_has_listener(stage.events, ALICE));
    CHECK(!events_has_listener(stage.events, BOB));
    post(&stage, TOLD_HOST, ALICE, 7, 2, NULL);
    post(&stage, TOLD_HOST, BOB, 8, 3, NULL);
    CHECK_TEXT(told(&stage, 0), "0 1 7 2 3 -\n");
    events_listen(stage.events, EVENTS_OF_ALL, &all);
    CHECK(events_has_listener(stage.events, BOB));
    post(&stage, TOLD_HEARD, BOB, 8, 0, "{}");
    CHECK_TEXT(told(&stage, 0), "1 0 8 0 3 {}\n");
    events_leave(&all);
    events_leave(&alice);
    events_leave(&alice);
    CHECK(!events_are_wanted(stage.events));
    close_stage(&stage);
}

TEST(a_host_has_one_event_of_a_kind_in_a_second_and_the_last_is_told)
{
    struct stage stage;
    struct event_listener alice = { .owner = NULL };
    open_stage(&stage);
    events_listen(stage.events, ALICE, &alice);
    post(&stage, TOLD_HEARD, ALICE, 7, 0, "a");
    CHECK_TEXT(told(&stage, 0), "1 1 7 0 0 a\n");
    post(&stage, TOLD_HEARD, ALICE, 7, 0, "b");
    post(&stage, TOLD_FAILED, ALICE, 7, 0, "x"); /* another kind, another host */
    post(&stage, TOLD_HEARD, ALICE, 8, 0, "y");
    CHECK_TEXT(told(&stage, 999), "2 1 7 0 0 x\n1 1 8 0 0 y\n");
    post(&stage, TOLD_HEARD, ALICE, 7, 0, "c");
    CHECK_TEXT(told(&stage, 1), "1 1 7 0 0 c\n");
    CHECK_TEXT(told(&stage, 5000), "");
    post(&stage, TOLD_HEARD, ALICE, 7, 0, "d");
    CHECK_TEXT(told(&stage, 0), "1 1 7 0 0 d\n");
    events_leave(&alice);
    close_stage(&stage);
}

TEST(an_event_says_up_to_which_change_all_have_been_told)
{
    struct stage stage;
    struct event_listener alice = { .owner = NULL };
    open_stage(&stage);
    events_listen(stage.events, ALICE, &alice);
    post(&stage, TOLD_HOST, ALICE, 7, 11, NULL);
    CHECK_TEXT(told(&stage, 0), "0 1 7 11 11 -\n");
    post(&stage, TOLD_HOST, ALICE, 7, 12, NULL); /* waits for its second */
    post(&stage, TOLD_HOST, ALICE, 8, 13, NULL);
    post(&stage, TOLD_HOST, ALICE, 7, 14, NULL);
    CHECK_TEXT(told(&stage, 0), "0 1 8 13 11 -\n");
    CHECK_TEXT(told(&stage, 1000), "0 1 7 14 14 -\n");
    events_leave(&alice);
    close_stage(&stage);
}

TEST(an_account_hears_when_the_image_carries_its_changes)
{
    struct stage stage;
    struct event_listener alice = { .owner = NULL };
    open_stage(&stage);
    events_listen(stage.events, ALICE, &alice);
    events_applied(stage.events, 5);
    CHECK_TEXT(told(&stage, 0), ""); /* it has none */
    post(&stage, TOLD_HOST, ALICE, 7, 6, NULL);
    post(&stage, TOLD_HOST, ALICE, 8, 9, NULL);
    (void)told(&stage, 0);
    events_applied(stage.events, 5);
    CHECK_TEXT(told(&stage, 0), "");
    events_applied(stage.events, 7);
    CHECK_TEXT(told(&stage, 0), "3 1 0 7 9 -\n");
    events_applied(stage.events, 8);
    events_applied(stage.events, 12);
    CHECK_TEXT(told(&stage, 1000), "3 1 0 12 9 -\n");
    CHECK_INT(events_published(stage.events), 12);
    events_applied(stage.events, 13);
    CHECK_TEXT(told(&stage, 1000), "");
    events_leave(&alice);
    close_stage(&stage);
}

TEST(that_a_change_is_served_is_told_after_the_change_and_that_it_is_published)
{
    struct stage stage;
    struct event_listener alice = { .owner = NULL };
    open_stage(&stage);
    events_listen(stage.events, ALICE, &alice);
    post(&stage, TOLD_HOST, ALICE, 7, 6, NULL);
    events_applied(stage.events, 6);
    post(&stage, TOLD_SERVED, ALICE, 7, 6, NULL);
    CHECK_TEXT(told(&stage, 0), "0 1 7 6 6 -\n3 1 0 6 6 -\n4 1 7 6 6 -\n");
    /* The host and what is published have their second to wait. */
    (void)told(&stage, 600);
    post(&stage, TOLD_HOST, ALICE, 7, 7, NULL);
    post(&stage, TOLD_HOST, ALICE, 8, 8, NULL);
    events_applied(stage.events, 8);
    post(&stage, TOLD_SERVED, ALICE, 8, 8, NULL);
    CHECK_TEXT(told(&stage, 0), "0 1 8 8 6 -\n");
    post(&stage, TOLD_SERVED, ALICE, 7, 7, NULL);
    CHECK_TEXT(told(&stage, 400), "0 1 7 7 8 -\n3 1 0 8 8 -\n4 1 7 7 8 -\n");
    CHECK_TEXT(told(&stage, 600), "4 1 8 8 8 -\n");
    /* One that changes again and again keeps back nothing that is older. */
    post(&stage, TOLD_HOST, ALICE, 8, 9, NULL);
    post(&stage, TOLD_SERVED, ALICE, 8, 8, NULL);
    CHECK_TEXT(told(&stage, 1000), "0 1 8 9 9 -\n4 1 8 8 9 -\n");
    events_leave(&alice);
    close_stage(&stage);
}

TEST(that_changes_are_served_is_worth_no_reset)
{
    struct stage stage;
    struct event_listener alice = { .owner = NULL };
    open_stage(&stage);
    events_listen(stage.events, ALICE, &alice);
    for (int i = 1; i <= EVENTS_WAITING_MAX; i++)
        post(&stage, TOLD_SERVED, ALICE, i, 1, NULL);
    for (int i = 1; i <= EVENTS_WAITING_MAX; i++)
        post(&stage, TOLD_HEARD, ALICE, i, 0, "x");
    (void)told(&stage, 0);
    CHECK_INT(stage.count, EVENTS_SERVED_MAX + EVENTS_WAITING_MAX);
    /* Those of the next second have room again. */
    (void)told(&stage, 1000);
    post(&stage, TOLD_SERVED, ALICE, EVENTS_WAITING_MAX, 1, NULL);
    (void)told(&stage, 0);
    CHECK_INT(stage.count, EVENTS_SERVED_MAX + EVENTS_WAITING_MAX + 1);
    events_leave(&alice);
    close_stage(&stage);
}

TEST(more_than_an_account_can_take_is_not_told_but_that_it_has_to_look)
{
    struct stage stage;
    struct event_listener alice = { .owner = NULL };
    open_stage(&stage);
    events_listen(stage.events, ALICE, &alice);
    for (int i = 1; i <= EVENTS_WAITING_MAX + 1; i++)
        post(&stage, TOLD_HOST, ALICE, i, i, NULL);
    post(&stage, TOLD_HOST, ALICE, 1, 300, NULL);
    events_applied(stage.events, 300);
    CHECK_TEXT(told(&stage, EVENTS_PAUSE_MS - 1), "");
    CHECK_TEXT(told(&stage, 1), "5 1 0 0 300 -\n3 1 0 300 300 -\n");
    post(&stage, TOLD_HOST, ALICE, 1, 301, NULL);
    CHECK_TEXT(told(&stage, 0), "0 1 1 301 301 -\n");
    /* Just as many as it can take are told, and those of the next second too. */
    (void)told(&stage, 1000);
    stage.count = 0;
    for (int second = 0; second < 3; second++) {
        for (int i = 1; i <= EVENTS_WAITING_MAX; i++)
            post(&stage, TOLD_HEARD, ALICE, i, 0, "x");
        (void)told(&stage, 1000);
    }
    CHECK_INT(stage.count, 3 * EVENTS_WAITING_MAX);
    events_leave(&alice);
    close_stage(&stage);
}

TEST(a_listener_may_leave_while_it_is_told_something)
{
    struct stage stage;
    struct event_listener alice = { .owner = NULL }, other = { .owner = NULL };
    open_stage(&stage);
    events_listen(stage.events, ALICE, &alice);
    events_listen(stage.events, ALICE, &other);
    post(&stage, TOLD_HOST, ALICE, 7, 1, NULL);
    post(&stage, TOLD_HOST, ALICE, 8, 2, NULL);
    stage.leaver = &alice;
    (void)told(&stage, 0);
    CHECK_INT(stage.count, 3);
    post(&stage, TOLD_HOST, ALICE, 9, 3, NULL);
    post(&stage, TOLD_HEARD, ALICE, 9, 0, "x");
    stage.leaver = &other;
    CHECK_TEXT(told(&stage, 0), "0 1 9 3 3 -\n");
    CHECK(!events_are_wanted(stage.events));
    /* One that leaves takes along what was to be told to it alone. */
    events_listen(stage.events, ALICE, &alice);
    post(&stage, TOLD_HOST, ALICE, 9, 4, NULL);
    events_leave(&alice);
    CHECK_TEXT(told(&stage, 2000), "");
    close_stage(&stage);
}
