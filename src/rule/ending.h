// SPDX-License-Identifier: GPL-3.0-or-later
/* ending.h - the way of a thing that nobody uses: warned, warned again, withdrawn, gone. Pure.
 *
 * Between two steps lies the time that is said of them, even where the rule began late, or the
 * service was away: nobody loses a name sooner after a warning than it tells. */
#pragma once

#include <stdint.h>

/* The numbers stand in the database. */
enum ending_step {
    ENDING_NONE = 0,
    ENDING_WARNED = 1,
    ENDING_WARNED_AGAIN = 2,
    ENDING_WITHDRAWN = 3, /* a host's name leads nowhere */
    ENDING_GONE = 4
};
enum {
    ENDING_WARNING_S =
        28 * 86400, /* before it is withdrawn or, where that is no step, gone */
    ENDING_AGAIN_S = 7 * 86400
};

struct ending_rule {
    int64_t after_s; /* how long nobody has used it then; 0: it may stay for ever */
    /* From being withdrawn until it is gone; 0: it is not withdrawn before. */
    int64_t withdrawn_s;
};
/* A thing, and its last step; a step before the last use does not count. */
struct ending_state {
    int64_t used_s;
    enum ending_step step;
    int64_t step_s;
};

/* The step that is due; ENDING_NONE: none. */
enum ending_step ending_due(const struct ending_rule *rule,
                            const struct ending_state *state, int64_t now_s);
/* When a thing that gets this warning now is withdrawn or gone. */
int64_t ending_time(const struct ending_rule *rule, int64_t used_s,
                    enum ending_step warning, int64_t now_s);
