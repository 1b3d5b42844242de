// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/stale.h"

static int64_t later(int64_t a_s, int64_t b_s)
{
    return a_s > b_s ? a_s : b_s;
}

/* When the step comes that follows one of `step_s`. */
static int64_t time_of(const struct stale_rule *rule, const struct stale_state *state,
                       enum stale_step next)
{
    int64_t end_s = state->used_s + rule->after_s;
    switch (next) {
    case STALE_WARNED:
        return end_s - STALE_WARNING_S;
    case STALE_WARNED_AGAIN:
        return later(end_s - STALE_AGAIN_S,
                     state->step_s + STALE_WARNING_S - STALE_AGAIN_S);
    case STALE_WITHDRAWN:
        return later(end_s, state->step_s + STALE_AGAIN_S);
    case STALE_GONE:
        return state->step == STALE_WITHDRAWN
                   ? state->step_s + rule->withdrawn_s
                   : later(end_s, state->step_s + STALE_AGAIN_S);
    case STALE_NONE:
        break;
    }
    return INT64_MAX;
}

enum stale_step stale_due(const struct stale_rule *rule, const struct stale_state *state,
                          int64_t now_s)
{
    struct stale_state now = *state;
    if (rule->after_s == 0 || now.step == STALE_GONE)
        return STALE_NONE;
    if (now.step_s <= now.used_s)
        now.step = STALE_NONE;
    enum stale_step next = now.step + 1;
    if (next == STALE_WITHDRAWN && rule->withdrawn_s == 0)
        next = STALE_GONE;
    return now_s >= time_of(rule, &now, next) ? next : STALE_NONE;
}

int64_t stale_time(const struct stale_rule *rule, int64_t used_s, enum stale_step warning,
                   int64_t now_s)
{
    return later(used_s + rule->after_s,
                 now_s + (warning == STALE_WARNED ? STALE_WARNING_S : STALE_AGAIN_S));
}
