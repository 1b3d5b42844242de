// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/slack.h"

enum {
    PERCENT = 100
};

static uint32_t most_slots(const struct room *room, uint32_t table)
{
    uint32_t slots = room->slots[table];
    return slots - slots / 8;
}

unsigned room_fill(const struct room *room)
{
    uint64_t used = room->next - room->begin, size = room->end - room->begin;
    unsigned space = size ? (unsigned)(used * PERCENT / size) : PERCENT;
    return space > room->worst ? space : room->worst;
}

bool room_take_slot(struct room *room, uint32_t table)
{
    uint32_t most = most_slots(room, table), built = room->built[table];
    if (room->used[table] >= most)
        return false;
    room->used[table]++;
    uint64_t part = (uint64_t)(room->used[table] - built) * PERCENT / (most - built);
    if (part > room->worst)
        room->worst = (unsigned)part;
    return true;
}
