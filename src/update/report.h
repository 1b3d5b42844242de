// SPDX-License-Identifier: GPL-3.0-or-later
/* report.h - what became of an update, for the people who look after the service: counters
 * and the ring of requests. */
#pragma once

#include "update/updates.h"

/* Counts the result. A request that named a host goes into the ring. */
void report_outcomes(struct updates *updates, const struct update *update,
                     const struct update_result *result);
