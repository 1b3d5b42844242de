// SPDX-License-Identifier: GPL-3.0-or-later
/* clock.h - time as a parameter.
 *
 * Code that needs the time gets a `const struct clock *`, so that tests can set it. */
#pragma once

#include <stdint.h>

struct clock {
    /* Seconds since 1970, UTC. */
    int64_t (*wall_s)(const struct clock *clock);
    /* Milliseconds that never step back and go on while the machine sleeps. */
    int64_t (*steady_ms)(const struct clock *clock);
};

/* The machine's clocks (CLOCK_REALTIME, CLOCK_BOOTTIME). */
const struct clock *clock_system(void);

static inline int64_t clock_wall_s(const struct clock *clock)
{
    return clock->wall_s(clock);
}
static inline int64_t clock_steady_ms(const struct clock *clock)
{
    return clock->steady_ms(clock);
}

/* A clock for tests: it stands still, and its user sets `now_s` and `now_ms`. `clock` is its first
 * member. */
struct clock_manual {
    struct clock clock;
    int64_t now_s;
    int64_t now_ms;
};
void clock_manual_init(struct clock_manual *manual, int64_t now_s, int64_t now_ms);
