// SPDX-License-Identifier: GPL-3.0-or-later
/* gate.h - the one way to a resource: it judges the actor before the route's function runs. */
#pragma once

#include "rest/route.h"

/* Whether the actor of the call may take the route, by the route's need. What the actor is by
 * now is read from the call's store: for a route that writes, within its transaction.
 * ERR_DENIED: it may not. ERR_NOT_FOUND: what the path names is missing, or another's, which
 * looks the same. ERR_CONFLICT with call->is_stale: the call is for another version of it. */
MUST_CHECK enum status rest_gate_judge(const struct rest_route *route,
                                       struct rest_call *call, struct error *err);
/* The part of it that looks at the actor alone, and at nothing that the path names. */
MUST_CHECK enum status rest_gate_judge_actor(const struct rest_route *route,
                                             struct rest_call *call, struct error *err);
/* Judges, and runs the function that reads or writes. */
MUST_CHECK enum status rest_gate_call(const struct rest_route *route,
                                      struct rest_call *call, struct error *err);
