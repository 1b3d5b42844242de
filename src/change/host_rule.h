// SPDX-License-Identifier: GPL-3.0-or-later
/* host_rule.h - a host's row as the rule for addresses sees it. */
#pragma once

#include "rule/address.h"
#include "store/rows.h"

/* Something else than its addresses stands in DNS, until it calls. */
bool host_is_replaced(enum host_state state);
/* Whether another account had the host at this time, so that its owner is not told of it. */
bool host_was_of_another(const struct host_row *row, int64_t time_s);
/* `now` and `blocked` are kept. `private_allowed` is the operator's choice for all hosts. */
struct rule_host host_rule(const struct host_row *row, const struct addresses *now,
                           bool private_allowed, const struct network_set *blocked);
