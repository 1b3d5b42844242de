// SPDX-License-Identifier: GPL-3.0-or-later
/* fault.h - lets the n-th statement, write or send fail, in builds for tests.
 *
 * Code that can fail calls fault_hit("store.commit") first. In builds without -Dfaults=true that is
 * the constant false and costs nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef ROVE_FAULTS
/* True: this call of `point` is to fail. The environment can arm a point before the first call:
 * with ROVE_FAULT="store.commit:3" the third call fails, with "store.commit:3+" the third and all
 * later ones. The first hit of a point is logged as the event fault-hit. */
bool fault_hit(const char *point);
/* Arms `point`: the `nth` call from now on fails (1 is the next one), and with `sticky` all later
 * ones too. NULL disarms everything. */
void fault_arm(const char *point, uint64_t nth, bool sticky);
/* How often the armed point was called, and how often it failed. */
uint64_t fault_asked(void);
uint64_t fault_hits(void);
#else
static inline bool fault_hit(const char *point)
{
    (void)point;
    return false;
}
#endif
