// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/history_index.h"

#include "base/mem.h"

#include <string.h>

enum {
    FIRST_ROOM = 64,
    ZONES_MAX = 1 << 17, /* with more of them all is forgotten */
};

void index_clear(struct history_index *index)
{
    for (size_t i = 0; i < index->zone_room; i++)
        mem_free((void *)(uintptr_t)index->zones[i].name.at);
    mem_free(index->zones);
    mem_free(index->steps);
    *index = (struct history_index){ 0 };
}

/* FNV-1a: zones are the operator's, nobody aims at a place. */
static size_t hash(struct str name)
{
    uint64_t sum = 14695981039346656037U;
    for (size_t i = 0; i < name.n; i++)
        sum = (sum ^ (uint8_t)name.at[i]) * 1099511628211U;
    return (size_t)(sum ^ sum >> 32);
}

/* The zone's place, or the free one where it would be; there is always one. */
static struct index_zone *place_of(const struct history_index *index, struct str name)
{
    size_t mask = index->zone_room - 1, i = hash(name) & mask;
    while (index->zones[i].name.at && !str_equal(index->zones[i].name, name))
        i = (i + 1) & mask;
    return &index->zones[i];
}

static void make_room_for_zone(struct history_index *index)
{
    if (index->zone_count >= ZONES_MAX)
        index_clear(index);
    if (index->zone_count * 2 < index->zone_room)
        return;
    struct history_index bigger = *index;
    bigger.zone_room = index->zone_room ? index->zone_room * 2 : FIRST_ROOM;
    bigger.zones =
        (struct index_zone *)mem_new_array(bigger.zone_room, sizeof(struct index_zone));
    for (size_t i = 0; i < index->zone_room; i++) {
        if (index->zones[i].name.at)
            *place_of(&bigger, index->zones[i].name) = index->zones[i];
    }
    mem_free(index->zones);
    *index = bigger;
}

static struct index_zone *get_zone(struct history_index *index, struct str name)
{
    make_room_for_zone(index);
    struct index_zone *zone = place_of(index, name);
    if (!zone->name.at) {
        char *copy = (char *)mem_new(name.n);
        memcpy(copy, name.at, name.n);
        *zone = (struct index_zone){ .name = { copy, name.n }, .last = INDEX_NONE };
        index->zone_count++;
    }
    return zone;
}

static int32_t without_older(int32_t step, int32_t forgotten)
{
    return step < forgotten ? INDEX_NONE : step - forgotten;
}

/* Forgets the older half of the steps when there are too many. */
static void make_room_for_step(struct history_index *index)
{
    if (index->step_count == INDEX_STEPS_MAX) {
        int32_t half = INDEX_STEPS_MAX / 2;
        index->step_count -= (size_t)half;
        memmove(index->steps, index->steps + half,
                index->step_count * sizeof(*index->steps));
        for (size_t i = 0; i < index->step_count; i++)
            index->steps[i].previous = without_older(index->steps[i].previous, half);
        for (size_t i = 0; i < index->zone_room; i++)
            index->zones[i].last = without_older(index->zones[i].last, half);
    }
    index->steps = mem_grow(index->steps, index->step_count + 1, &index->step_room,
                            sizeof(*index->steps));
}

void index_add(struct history_index *index, const struct frame *frame, uint64_t at,
               size_t n)
{
    struct index_zone *zone = get_zone(index, name_bytes(&frame->zone));
    zone->is_gap = frame->is_gap;
    if (frame->is_gap) {
        zone->last = INDEX_NONE;
        return;
    }
    make_room_for_step(index);
    bool follows = zone->last != INDEX_NONE && index->steps[zone->last].to == frame->from;
    index->steps[index->step_count] =
        (struct index_step){ .at = at,
                             .n = (uint32_t)n,
                             .from = frame->from,
                             .to = frame->to,
                             .previous = follows ? zone->last : INDEX_NONE };
    zone->last = (int32_t)index->step_count++;
}

const struct index_zone *index_find(const struct history_index *index,
                                    const struct name *zone)
{
    if (!index->zone_room)
        return NULL;
    const struct index_zone *found = place_of(index, name_bytes(zone));
    return found->name.at ? found : NULL;
}
