// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/clock.h"

#include <assert.h>
#include <time.h>

static struct timespec read_clock(clockid_t id)
{
    struct timespec now = { 0 };
    int failed = clock_gettime(id, &now);
    assert(!failed);
    return now;
}

static int64_t system_wall_s(const struct clock *clock)
{
    (void)clock;
    /* This clock is late by a tick at most, and cheaper: each request reads it several times. */
    return read_clock(CLOCK_REALTIME_COARSE).tv_sec;
}

static int64_t system_steady_ms(const struct clock *clock)
{
    (void)clock;
    struct timespec now = read_clock(CLOCK_BOOTTIME);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const struct clock *clock_system(void)
{
    static const struct clock clock = { system_wall_s, system_steady_ms };
    return &clock;
}

static int64_t manual_wall_s(const struct clock *clock)
{
    return ((const struct clock_manual *)clock)->now_s;
}

static int64_t manual_steady_ms(const struct clock *clock)
{
    return ((const struct clock_manual *)clock)->now_ms;
}

void clock_manual_init(struct clock_manual *manual, int64_t now_s, int64_t now_ms)
{
    *manual = (struct clock_manual){
        .clock = { manual_wall_s, manual_steady_ms },
        .now_s = now_s,
        .now_ms = now_ms,
    };
}
