// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/host_rule.h"

#include <string.h>

bool host_is_replaced(enum host_state state)
{
    return state == HOST_FALLBACK || state == HOST_WITHDRAWN;
}

/* The second of the handover itself belongs to who had it: of that owner's calls none leaks. */
bool host_was_of_another(const struct host_row *row, int64_t time_s)
{
    return row->owned_s && time_s <= row->owned_s;
}

struct rule_host host_rule(const struct host_row *row, const struct addresses *now,
                           bool private_allowed, const struct network_set *blocked)
{
    struct rule_host host = {
        .now = now,
        .withdraws = row->mode == HOST_FOLLOW,
        .offline = row->state == HOST_OFFLINE,
        .replaced = host_is_replaced(row->state),
        .round_robin = row->round_robin,
        .private_allowed = private_allowed,
        .private_here = row->private_allowed,
        .subnet = row->subnet,
        .blocked = blocked,
    };
    memcpy(host.interface_id, row->interface_id, sizeof(host.interface_id));
    return host;
}
