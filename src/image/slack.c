// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/slack.h"

enum {
    PERCENT = 100
};

static uint32_t most_slots(const struct slack *slack, uint32_t table)
{
    uint32_t slots = slack->slots[table];
    return slots - slots / SLACK_SLOTS_UNUSED;
}

unsigned slack_used_percent(const struct slack *slack)
{
    uint64_t used = slack->next - slack->begin, size = slack->end - slack->begin;
    unsigned space = size ? (unsigned)(used * PERCENT / size) : PERCENT;
    return space > slack->worst_percent ? space : slack->worst_percent;
}

bool slack_take_slot(struct slack *slack, uint32_t table)
{
    uint32_t most = most_slots(slack, table), built = slack->built[table];
    if (slack->used[table] >= most)
        return false;
    slack->used[table]++;
    uint64_t part = (uint64_t)(slack->used[table] - built) * PERCENT / (most - built);
    if (part > slack->worst_percent)
        slack->worst_percent = (unsigned)part;
    return true;
}
