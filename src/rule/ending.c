// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/ending.h"

static int64_t later(int64_t a_s, int64_t b_s)
{
    return a_s > b_s ? a_s : b_s;
}

/* When the step comes that follows one of `step_s`. */
static int64_t time_of(const struct ending_rule *rule, const struct ending_state *state,
                       enum ending_step next)
{
    int64_t end_s = state->used_s + rule->after_s;
    switch (next) {
    case ENDING_WARNED:
        return end_s - ENDING_WARNING_S;
    case ENDING_WARNED_AGAIN:
        return later(end_s - ENDING_AGAIN_S,
                     state->step_s + ENDING_WARNING_S - ENDING_AGAIN_S);
    case ENDING_WITHDRAWN:
        return later(end_s, state->step_s + ENDING_AGAIN_S);
    case ENDING_GONE:
        return state->step == ENDING_WITHDRAWN
                   ? state->step_s + rule->withdrawn_s
                   : later(end_s, state->step_s + ENDING_AGAIN_S);
    case ENDING_NONE:
        break;
    }
    return INT64_MAX;
}

enum ending_step ending_due(const struct ending_rule *rule,
                            const struct ending_state *state, int64_t now_s)
{
    struct ending_state now = *state;
    if (rule->after_s == 0 || now.step == ENDING_GONE)
        return ENDING_NONE;
    if (now.step_s <= now.used_s)
        now.step = ENDING_NONE;
    enum ending_step next = now.step + 1;
    if (next == ENDING_WITHDRAWN && rule->withdrawn_s == 0)
        next = ENDING_GONE;
    return now_s >= time_of(rule, &now, next) ? next : ENDING_NONE;
}

int64_t ending_time(const struct ending_rule *rule, int64_t used_s,
                    enum ending_step warning, int64_t now_s)
{
    return later(used_s + rule->after_s,
                 now_s + (warning == ENDING_WARNED ? ENDING_WARNING_S : ENDING_AGAIN_S));
}
