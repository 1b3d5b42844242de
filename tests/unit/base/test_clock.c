// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/clock.h"

#include <time.h>

#include "test.h"

TEST(the_system_clock_tells_the_time)
{
    const struct clock *clock = clock_system();
    int64_t before = time(NULL);
    int64_t now = clock_wall_s(clock);
    CHECK(now >= before && now <= before + 60);
    int64_t ms = clock_steady_ms(clock);
    CHECK(ms > 0);
    CHECK(clock_steady_ms(clock) >= ms);
}

TEST(a_manual_clock_stands_still_until_it_is_set)
{
    struct clock_manual manual;
    clock_manual_init(&manual, 1000, 5);
    CHECK_INT(clock_wall_s(&manual.clock), 1000);
    CHECK_INT(clock_steady_ms(&manual.clock), 5);
    manual.now_s = 2000;
    manual.now_ms += 10;
    CHECK_INT(clock_wall_s(&manual.clock), 2000);
    CHECK_INT(clock_steady_ms(&manual.clock), 15);
}
