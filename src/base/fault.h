// SPDX-License-Identifier: GPL-3.0-or-later
/* fault.h - lets the n-th statement, write or send fail, in builds for tests.
 *
 * A place that can fail asks fault_hit("store.commit") first. In builds without
 * -Dfaults=true that is the constant false and costs nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef ROVE_FAULTS
/* True when this call of `point` is the one that was armed. The environment arms a process
 * at its first call: ROVE_FAULT="store.commit:3" fails the third, "store.commit:3+" the
 * third and all later ones. A hit of a point is logged once as event fault-hit. */
bool fault_hit(const char *point);
/* Arms `point` from code: the `nth` call from now on (1 is the next); `sticky`: all later
 * ones too. NULL disarms everything. */
void fault_arm(const char *point, uint64_t nth, bool sticky);
/* How often the armed point was asked, and how often it failed. */
uint64_t fault_asked(void);
uint64_t fault_hits(void);
#else
static inline bool fault_hit(const char *point)
{
    (void)point;
    return false;
}
#endif
