// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/heartbeat.h"

#include "base/mem.h"
#include "test.h"

#define MINUTE INT64_C(60)
#define HOUR INT64_C(3600)
#define DAY INT64_C(86400)
#define MANY (INT64_C(3) * HEARTBEAT_OUTAGES_MAX)

TEST(a_state_follows_from_what_is_expected_and_the_age)
{
    static const struct {
        struct heartbeat heartbeat;
        int64_t age_s;
        enum heartbeat_state want;
    } rows[] = {
        { { 0, false }, 1000 * DAY, HEARTBEAT_UNKNOWN },
        { { HOUR, false }, 0, HEARTBEAT_FRESH },
        { { HOUR, false }, HOUR + 30 * MINUTE, HEARTBEAT_FRESH },
        { { HOUR, false }, HOUR + 30 * MINUTE + 1, HEARTBEAT_LATE },
        { { HOUR, false }, 3 * HOUR, HEARTBEAT_LATE },
        { { HOUR, false }, 3 * HOUR + 1, HEARTBEAT_SILENT },
        /* Who says a minute does not mean that a restart of the router matters. */
        { { MINUTE, false }, 10 * MINUTE, HEARTBEAT_LATE },
        { { MINUTE, false }, 10 * MINUTE + 1, HEARTBEAT_SILENT },
        { { MINUTE, true }, HOUR, HEARTBEAT_LATE },
        { { MINUTE, true }, HOUR + 1, HEARTBEAT_SILENT },
        { { 2 * HOUR, true }, 6 * HOUR, HEARTBEAT_LATE },
        { { 2 * HOUR, true }, 6 * HOUR + 1, HEARTBEAT_SILENT },
        { { HEARTBEAT_PERIOD_MAX_S, false }, 63 * DAY, HEARTBEAT_LATE },
        { { HEARTBEAT_PERIOD_MAX_S, false }, 63 * DAY + 1, HEARTBEAT_SILENT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(heartbeat_judge(rows[i].heartbeat, rows[i].age_s), rows[i].want);
}

TEST(what_an_owner_says_goes_before_what_is_learned)
{
    uint16_t known = 0;
    for (int i = 0; i < 10; i++)
        known = heartbeat_learn(known, 5 * MINUTE);
    CHECK(heartbeat_of(0, known).is_learned);
    CHECK(!heartbeat_of(DAY, known).is_learned);
    CHECK_INT(heartbeat_of(DAY, known).expected_s, DAY);
    CHECK_INT(heartbeat_of(0, 0).expected_s, 0);
    CHECK(!heartbeat_of(0, 0).is_learned);
}

/* After `count` rounds of these intervals. */
static int64_t learn(const int64_t *intervals_s, size_t n, int count)
{
    uint16_t known = 0;
    for (int i = 0; i < count; i++)
        for (size_t k = 0; k < n && intervals_s[k] >= 0; k++) {
            known = heartbeat_learn(known, intervals_s[k]);
            CHECK(known >> HEARTBEAT_BITS == 0);
        }
    return heartbeat_learned_s(known);
}

TEST(a_period_is_learned_where_there_is_one)
{
    enum {
        N = 12
    };
    static const struct {
        int count;
        int64_t intervals_s[N];
        int64_t least_s, most_s; /* of what is learned; 0: nothing is */
    } rows[] = {
        { 4, { 5 * MINUTE, -1 }, 0, 0 }, /* not sure yet */
        { 5, { 5 * MINUTE, -1 }, 300, 320 },
        { 100, { 5 * MINUTE, -1 }, 300, 320 },
        { 100, { MINUTE, -1 }, 60, 64 },
        { 100, { DAY, -1 }, DAY, DAY + DAY / 16 },
        { 30, { 7 * DAY, -1 }, 7 * DAY, 7 * DAY + DAY },
        { 30, { 28 * DAY, -1 }, 0, 0 }, /* too seldom */
        /* One call for each family. */
        { 50, { 10 * MINUTE, 2, -1 }, 600, 640 },
        { 50, { 10 * MINUTE, 0, 0, 5, -1 }, 600, 640 },
        /* Jitter, and a missed call now and then. */
        { 50, { 290, 310, 305, 299, 330, 280, 600, -1 }, 330, 640 },
        /* Once a day off for some hours. */
        { 50,
          { 300, 300, 300, 300, 300, 300, 300, 300, 300, 300, 300, 8 * HOUR },
          300,
          640 },
        /* Called by hand, when somebody thinks of it. */
        { 20, { HOUR, 9 * DAY, 5 * MINUTE, 2 * DAY, 40, 15 * DAY, -1 }, 0, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int64_t got_s = learn(rows[i].intervals_s, N, rows[i].count);
        if (got_s < rows[i].least_s || got_s > rows[i].most_s)
            fail_msg("row %zu: %lld", i, (long long)got_s);
    }
}

TEST(a_device_that_gets_another_period_is_known_by_it)
{
    uint16_t known = 0;
    for (int i = 0; i < 20; i++)
        known = heartbeat_learn(known, 5 * MINUTE);
    for (int i = 0; i < 12; i++)
        known = heartbeat_learn(known, DAY);
    CHECK(heartbeat_learned_s(known) >= DAY && heartbeat_learned_s(known) < 2 * DAY);
    for (int i = 0; i < 140; i++)
        known = heartbeat_learn(known, 5 * MINUTE);
    CHECK(heartbeat_learned_s(known) <= 320);
    /* One long silence alone does not make it forget. */
    known = heartbeat_learn(heartbeat_learn(known, 9 * DAY), 5 * MINUTE);
    CHECK(heartbeat_learned_s(known) > 0 && heartbeat_learned_s(known) <= HOUR);
}

TEST(time_in_which_nobody_could_call_does_not_count)
{
    static const struct {
        struct heartbeat_outage outages[3];
        int64_t seen_s, now_s, want_s;
    } rows[] = {
        { { { 0, 0 } }, 100, 150, 50 },
        { { { 0, 0 } }, 150, 100, 0 }, /* the clock was set back */
        { { { 110, 130 } }, 100, 150, 30 },
        { { { 90, 130 } }, 100, 150, 20 },  /* it called meanwhile: the clock was wrong */
        { { { 110, 180 } }, 100, 150, 10 }, /* likewise */
        { { { 50, 90 } }, 100, 150, 50 },
        { { { 110, 120 }, { 130, 145 } }, 100, 150, 25 },
        { { { 110, 120 }, { 115, 125 } }, 100, 150, 35 }, /* these are one */
        { { { 110, 120 }, { 105, 125 } }, 100, 150, 30 },
        { { { 120, 110 } }, 100, 150, 50 }, /* none */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct heartbeat_outages outages = { .count = 0 };
        for (size_t k = 0; k < LENGTH_OF(rows[i].outages); k++)
            heartbeat_add_outage(&outages, rows[i].outages[k]);
        CHECK_INT(heartbeat_age_s(&outages, rows[i].seen_s, rows[i].now_s),
                  rows[i].want_s);
    }
}

TEST(many_outages_give_a_host_more_time_rather_than_less)
{
    struct heartbeat_outages outages = { .count = 0 };
    for (int64_t i = 0; i < MANY; i++)
        heartbeat_add_outage(&outages,
                             (struct heartbeat_outage){ 100 * i, 100 * i + 10 });
    CHECK_INT(outages.count, HEARTBEAT_OUTAGES_MAX);
    CHECK(heartbeat_age_s(&outages, 0, 100 * MANY) <= 90 * MANY);
    /* The newest are told apart. */
    CHECK_INT(heartbeat_age_s(&outages, 2200, 2400), 180);
}
