// SPDX-License-Identifier: GPL-3.0-or-later
/* What is learned are two small numbers: a step on a scale of 16 to the octave, and how sure we are.
 * An interval that is longer than the step's raises it by nine, a shorter one lowers it by one, but
 * neither beyond the interval: so it stays where one interval in ten is longer. */
#include "rule/heartbeat.h"

#include <stdbool.h>

enum {
    STEP_BITS = 8,
    STEP_MAX = (1 << STEP_BITS) - 1,
    STEPS_PER_OCTAVE_BITS = 4,
    OCTAVE_MASK = (1 << STEPS_PER_OCTAVE_BITS) - 1,
    UP = 9,
    SURE_MAX = 7,
    SURE = 5,       /* intervals before anything is expected */
    FAR = 4,        /* an interval of so many periods is none of the usual ones */
    FAR_COSTS = 2,  /* of being sure */
    TWIN_S = 30,    /* a second call of the same moment */
    BASE_S = 30,    /* of step 0 */
    FRACTION = 1024 /* of what follows */
};
_Static_assert(STEP_BITS + 3 == HEARTBEAT_BITS, "SURE_MAX needs 3 bits");

/* 2^(i/16) */
static const uint16_t fractions[] = { 1024, 1069, 1117, 1166, 1218, 1272, 1328, 1387,
                                      1448, 1512, 1579, 1649, 1722, 1798, 1878, 1961 };

static int64_t period_of(unsigned step)
{
    int64_t base_s = (int64_t)BASE_S << (step >> STEPS_PER_OCTAVE_BITS);
    return base_s * fractions[step & OCTAVE_MASK] / FRACTION;
}

static uint16_t pack(unsigned step, unsigned sure)
{
    return (uint16_t)(sure << STEP_BITS | step);
}

/* The lowest step whose period is not shorter, from `step` down. */
static unsigned lower_to(unsigned step, int64_t interval_s)
{
    while (step > 0 && period_of(step - 1) >= interval_s)
        step--;
    return step;
}

uint16_t heartbeat_learn(uint16_t known, int64_t interval_s)
{
    unsigned step = known & STEP_MAX, sure = known >> STEP_BITS;
    if (interval_s < TWIN_S)
        return known;
    if (sure == 0)
        return pack(lower_to(STEP_MAX, interval_s), 1);
    int64_t period_s = period_of(step);
    if (interval_s <= period_s) {
        if (step > 0 && interval_s <= period_of(step - 1))
            step--;
    } else {
        step = step + UP < STEP_MAX ? step + UP : STEP_MAX;
        step = lower_to(step, interval_s);
        if (interval_s > FAR * period_s)
            return pack(step, sure > FAR_COSTS ? sure - FAR_COSTS : 0);
    }
    return pack(step, sure < SURE_MAX ? sure + 1 : SURE_MAX);
}

int64_t heartbeat_learned_s(uint16_t known)
{
    unsigned step = known & STEP_MAX, sure = known >> STEP_BITS;
    return sure >= SURE && step < STEP_MAX ? period_of(step) : 0;
}

struct heartbeat heartbeat_of(int64_t liveness_s, uint16_t known)
{
    struct heartbeat heartbeat = { .expected_s = liveness_s };
    if (liveness_s > 0)
        return heartbeat;
    heartbeat.expected_s = heartbeat_learned_s(known);
    heartbeat.is_learned = heartbeat.expected_s > 0;
    return heartbeat;
}

int64_t heartbeat_late_after_s(struct heartbeat heartbeat)
{
    return heartbeat.expected_s * 3 / 2;
}

int64_t heartbeat_silent_after_s(struct heartbeat heartbeat)
{
    int64_t least_s =
        heartbeat.is_learned ? HEARTBEAT_SILENT_LEARNED_S : HEARTBEAT_SILENT_SET_S;
    return heartbeat.expected_s * 3 > least_s ? heartbeat.expected_s * 3 : least_s;
}

enum heartbeat_state heartbeat_judge(struct heartbeat heartbeat, int64_t age_s)
{
    if (heartbeat.expected_s == 0)
        return HEARTBEAT_UNKNOWN;
    if (age_s > heartbeat_silent_after_s(heartbeat))
        return HEARTBEAT_SILENT;
    return age_s > heartbeat_late_after_s(heartbeat) ? HEARTBEAT_LATE : HEARTBEAT_FRESH;
}

/* ----- outages ----- */

static void remove_at(struct heartbeat_outages *outages, size_t i)
{
    for (outages->count--; i < outages->count; i++)
        outages->list[i] = outages->list[i + 1];
}

void heartbeat_add_outage(struct heartbeat_outages *outages,
                          struct heartbeat_outage outage)
{
    if (outage.until_s <= outage.from_s)
        return;
    while (outages->count > 0 &&
           outages->list[outages->count - 1].until_s >= outage.from_s) {
        const struct heartbeat_outage *newest = &outages->list[--outages->count];
        if (newest->from_s < outage.from_s)
            outage.from_s = newest->from_s;
        if (newest->until_s > outage.until_s)
            outage.until_s = newest->until_s;
    }
    if (outages->count == HEARTBEAT_OUTAGES_MAX) {
        outages->list[1].from_s = outages->list[0].from_s;
        remove_at(outages, 0);
    }
    outages->list[outages->count++] = outage;
}

int64_t heartbeat_age_s(const struct heartbeat_outages *outages, int64_t seen_s,
                        int64_t now_s)
{
    int64_t age_s = now_s - seen_s;
    for (size_t i = 0; i < outages->count; i++) {
        int64_t from_s = outages->list[i].from_s, until_s = outages->list[i].until_s;
        from_s = from_s > seen_s ? from_s : seen_s;
        until_s = until_s < now_s ? until_s : now_s;
        if (until_s > from_s)
            age_s -= until_s - from_s;
    }
    return age_s > 0 ? age_s : 0;
}
