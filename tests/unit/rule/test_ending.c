// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/ending.h"

#include "base/mem.h"
#include "test.h"

#define DAY INT64_C(86400)
#define YEAR (365 * DAY)

TEST(each_step_is_due_when_its_time_has_come_and_the_one_before_is_done)
{
    static const struct ending_rule host = { 183 * DAY, 30 * DAY },
                                    account = { 183 * DAY, 0 }, off = { 0, 30 * DAY };
    static const struct {
        const struct ending_rule *rule;
        struct ending_state state;
        int64_t now_s;
        enum ending_step want;
    } rows[] = {
        { &off, { YEAR, ENDING_NONE, 0 }, 100 * YEAR, ENDING_NONE },
        { &host, { YEAR, ENDING_NONE, 0 }, YEAR + 155 * DAY - 1, ENDING_NONE },
        { &host, { YEAR, ENDING_NONE, 0 }, YEAR + 155 * DAY, ENDING_WARNED },
        { &host, { YEAR, ENDING_NONE, 0 }, 20 * YEAR, ENDING_WARNED },
        { &host,
          { YEAR, ENDING_WARNED, YEAR + 155 * DAY },
          YEAR + 176 * DAY - 1,
          ENDING_NONE },
        { &host,
          { YEAR, ENDING_WARNED, YEAR + 155 * DAY },
          YEAR + 176 * DAY,
          ENDING_WARNED_AGAIN },
        /* The first warning came late. */
        { &host,
          { YEAR, ENDING_WARNED, 20 * YEAR },
          20 * YEAR + 21 * DAY - 1,
          ENDING_NONE },
        { &host,
          { YEAR, ENDING_WARNED, 20 * YEAR },
          20 * YEAR + 21 * DAY,
          ENDING_WARNED_AGAIN },
        { &host,
          { YEAR, ENDING_WARNED_AGAIN, YEAR + 176 * DAY },
          YEAR + 183 * DAY - 1,
          ENDING_NONE },
        { &host,
          { YEAR, ENDING_WARNED_AGAIN, YEAR + 176 * DAY },
          YEAR + 183 * DAY,
          ENDING_WITHDRAWN },
        { &host,
          { YEAR, ENDING_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 7 * DAY - 1,
          ENDING_NONE },
        { &host,
          { YEAR, ENDING_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 7 * DAY,
          ENDING_WITHDRAWN },
        { &host,
          { YEAR, ENDING_WITHDRAWN, 20 * YEAR },
          20 * YEAR + 30 * DAY - 1,
          ENDING_NONE },
        { &host,
          { YEAR, ENDING_WITHDRAWN, 20 * YEAR },
          20 * YEAR + 30 * DAY,
          ENDING_GONE },
        { &account,
          { YEAR, ENDING_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 7 * DAY - 1,
          ENDING_NONE },
        { &account,
          { YEAR, ENDING_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 7 * DAY,
          ENDING_GONE },
        /* Used since: all begins anew. */
        { &host,
          { 20 * YEAR, ENDING_WITHDRAWN, 19 * YEAR },
          20 * YEAR + DAY,
          ENDING_NONE },
        { &host,
          { 20 * YEAR, ENDING_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 155 * DAY,
          ENDING_WARNED },
        { &host, { YEAR, ENDING_GONE, 2 * YEAR }, 20 * YEAR, ENDING_NONE },
        /* The clock was set back. */
        { &host, { 20 * YEAR, ENDING_NONE, 0 }, YEAR, ENDING_NONE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        enum ending_step got = ending_due(rows[i].rule, &rows[i].state, rows[i].now_s);
        if (got != rows[i].want)
            fail_msg("row %zu: %d", i, (int)got);
    }
}

TEST(a_warning_tells_the_earliest_time_at_which_it_may_be_over)
{
    static const struct ending_rule rule = { 183 * DAY, 30 * DAY };
    CHECK_INT(ending_time(&rule, YEAR, ENDING_WARNED, YEAR + 155 * DAY),
              YEAR + 183 * DAY);
    CHECK_INT(ending_time(&rule, YEAR, ENDING_WARNED, 20 * YEAR), 20 * YEAR + 28 * DAY);
    CHECK_INT(ending_time(&rule, YEAR, ENDING_WARNED_AGAIN, 20 * YEAR),
              20 * YEAR + 7 * DAY);
}
