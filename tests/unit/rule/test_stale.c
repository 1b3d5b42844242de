// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/stale.h"

#include "base/mem.h"
#include "test.h"

#define DAY INT64_C(86400)
#define YEAR (365 * DAY)

TEST(each_step_is_due_when_its_time_has_come_and_the_one_before_is_done)
{
    static const struct stale_rule host = { 183 * DAY, 30 * DAY },
                                   account = { 183 * DAY, 0 }, off = { 0, 30 * DAY };
    static const struct {
        const struct stale_rule *rule;
        struct stale_state state;
        int64_t now_s;
        enum stale_step want;
    } rows[] = {
        { &off, { YEAR, STALE_NONE, 0 }, 100 * YEAR, STALE_NONE },
        { &host, { YEAR, STALE_NONE, 0 }, YEAR + 155 * DAY - 1, STALE_NONE },
        { &host, { YEAR, STALE_NONE, 0 }, YEAR + 155 * DAY, STALE_WARNED },
        { &host, { YEAR, STALE_NONE, 0 }, 20 * YEAR, STALE_WARNED },
        { &host,
          { YEAR, STALE_WARNED, YEAR + 155 * DAY },
          YEAR + 176 * DAY - 1,
          STALE_NONE },
        { &host,
          { YEAR, STALE_WARNED, YEAR + 155 * DAY },
          YEAR + 176 * DAY,
          STALE_WARNED_AGAIN },
        /* The first warning came late. */
        { &host,
          { YEAR, STALE_WARNED, 20 * YEAR },
          20 * YEAR + 21 * DAY - 1,
          STALE_NONE },
        { &host,
          { YEAR, STALE_WARNED, 20 * YEAR },
          20 * YEAR + 21 * DAY,
          STALE_WARNED_AGAIN },
        { &host,
          { YEAR, STALE_WARNED_AGAIN, YEAR + 176 * DAY },
          YEAR + 183 * DAY - 1,
          STALE_NONE },
        { &host,
          { YEAR, STALE_WARNED_AGAIN, YEAR + 176 * DAY },
          YEAR + 183 * DAY,
          STALE_WITHDRAWN },
        { &host,
          { YEAR, STALE_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 7 * DAY - 1,
          STALE_NONE },
        { &host,
          { YEAR, STALE_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 7 * DAY,
          STALE_WITHDRAWN },
        { &host,
          { YEAR, STALE_WITHDRAWN, 20 * YEAR },
          20 * YEAR + 30 * DAY - 1,
          STALE_NONE },
        { &host, { YEAR, STALE_WITHDRAWN, 20 * YEAR }, 20 * YEAR + 30 * DAY, STALE_GONE },
        { &account,
          { YEAR, STALE_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 7 * DAY - 1,
          STALE_NONE },
        { &account,
          { YEAR, STALE_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 7 * DAY,
          STALE_GONE },
        /* Used since: all begins anew. */
        { &host, { 20 * YEAR, STALE_WITHDRAWN, 19 * YEAR }, 20 * YEAR + DAY, STALE_NONE },
        { &host,
          { 20 * YEAR, STALE_WARNED_AGAIN, 20 * YEAR },
          20 * YEAR + 155 * DAY,
          STALE_WARNED },
        { &host, { YEAR, STALE_GONE, 2 * YEAR }, 20 * YEAR, STALE_NONE },
        /* The clock was set back. */
        { &host, { 20 * YEAR, STALE_NONE, 0 }, YEAR, STALE_NONE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        enum stale_step got = stale_due(rows[i].rule, &rows[i].state, rows[i].now_s);
        if (got != rows[i].want)
            fail_msg("row %zu: %d", i, (int)got);
    }
}

TEST(a_warning_tells_the_earliest_time_at_which_it_may_be_over)
{
    static const struct stale_rule rule = { 183 * DAY, 30 * DAY };
    CHECK_INT(stale_time(&rule, YEAR, STALE_WARNED, YEAR + 155 * DAY), YEAR + 183 * DAY);
    CHECK_INT(stale_time(&rule, YEAR, STALE_WARNED, 20 * YEAR), 20 * YEAR + 28 * DAY);
    CHECK_INT(stale_time(&rule, YEAR, STALE_WARNED_AGAIN, 20 * YEAR),
              20 * YEAR + 7 * DAY);
}
