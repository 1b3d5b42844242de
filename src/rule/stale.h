// SPDX-License-Identifier: GPL-3.0-or-later
/* stale.h - the way of a thing that nobody uses: warned, warned again, withdrawn, gone. Pure.
 *
 * Between two steps lies the time that is said of them, even where the rule began late, or the
 * service was away: nobody loses a name sooner after a warning than it tells. */
#pragma once

#include <stdint.h>

/* The numbers stand in the database. */
enum stale_step {
    STALE_NONE = 0,
    STALE_WARNED = 1,
    STALE_WARNED_AGAIN = 2,
    STALE_WITHDRAWN = 3, /* a host's name leads nowhere */
    STALE_GONE = 4
};
enum {
    STALE_WARNING_S =
        28 * 86400, /* before it is withdrawn or, where that is no step, gone */
    STALE_AGAIN_S = 7 * 86400
};

struct stale_rule {
    int64_t after_s; /* how long nobody has used it then; 0: it may stay for ever */
    /* From being withdrawn until it is gone; 0: it is not withdrawn before. */
    int64_t withdrawn_s;
};
/* A thing, and its last step; a step before the last use does not count. */
struct stale_state {
    int64_t used_s;
    enum stale_step step;
    int64_t step_s;
};

/* The step that is due; STALE_NONE: none. */
enum stale_step stale_due(const struct stale_rule *rule, const struct stale_state *state,
                          int64_t now_s);
/* When a thing that gets this warning now is withdrawn or gone. */
int64_t stale_time(const struct stale_rule *rule, int64_t used_s, enum stale_step warning,
                   int64_t now_s);
