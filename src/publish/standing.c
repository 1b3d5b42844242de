// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/standing.h"

#include <string.h>

#include "base/mem.h"
#include "dns/record.h"

struct last {
    bool has_any;
    uint32_t zone, serial;
};

struct standing {
    size_t secondaries, zones;
    /* Of a zone all secondaries, then of the next zone; 0: not behind. */
    uint32_t *since_s;
    size_t room;       /* of since_s, in numbers */
    struct last *last; /* of each secondary */
};

struct standing *standing_new(size_t secondaries)
{
    struct standing *standing = NEW(struct standing);
    standing->secondaries = secondaries;
    standing->last = (struct last *)mem_new_array(secondaries + 1, sizeof(struct last));
    return standing;
}

void standing_free(struct standing *standing)
{
    if (!standing)
        return;
    mem_free(standing->since_s);
    mem_free(standing->last);
    mem_free(standing);
}

static uint32_t *row_of(struct standing *standing, uint32_t zone)
{
    size_t width = standing->secondaries;
    standing->since_s = mem_grow(standing->since_s, ((size_t)zone + 1) * width + 1,
                                 &standing->room, sizeof(*standing->since_s));
    for (; standing->zones <= zone; standing->zones++)
        memset(standing->since_s + standing->zones * width, 0, width * sizeof(uint32_t));
    return standing->since_s + zone * width;
}

void standing_fall_behind(struct standing *standing, uint32_t zone, size_t secondary,
                          int64_t now_s)
{
    uint32_t *since_s = row_of(standing, zone) + secondary;
    if (*since_s == 0)
        *since_s = now_s > 0 ? (uint32_t)now_s : 1;
}

/* An older acknowledgement may come later, by another address of the secondary. */
static bool is_older(const struct last *last, uint32_t zone, uint32_t serial)
{
    return last->has_any && last->zone == zone && serial_is_newer(last->serial, serial);
}

void standing_catch_up(struct standing *standing, uint32_t zone, size_t secondary,
                       uint32_t serial, int64_t since_s)
{
    uint32_t *was_s = row_of(standing, zone) + secondary;
    struct last *last = &standing->last[secondary];
    if (since_s == 0)
        *was_s = 0;
    else if (*was_s > 0 && *was_s < since_s)
        *was_s = (uint32_t)since_s;
    if (!is_older(last, zone, serial))
        *last = (struct last){ .has_any = true, .zone = zone, .serial = serial };
}

void standing_forget(struct standing *standing, uint32_t zone)
{
    memset(row_of(standing, zone), 0, standing->secondaries * sizeof(uint32_t));
}

int64_t standing_since(const struct standing *standing, uint32_t zone, size_t secondary)
{
    return zone < standing->zones
               ? standing->since_s[zone * standing->secondaries + secondary]
               : 0;
}

bool standing_is_behind(const struct standing *standing, uint32_t zone, size_t secondary)
{
    return standing_since(standing, zone, secondary) > 0;
}

void standing_get(const struct standing *standing, size_t secondary,
                  struct standing_summary *out)
{
    const struct last *last = &standing->last[secondary];
    *out = (struct standing_summary){ .has_any = last->has_any,
                                      .zone = last->zone,
                                      .serial = last->serial };
    for (size_t zone = 0; zone < standing->zones; zone++) {
        uint32_t since_s = standing->since_s[zone * standing->secondaries + secondary];
        if (since_s == 0)
            continue;
        out->behind++;
        if (out->since_s == 0 || since_s < out->since_s)
            out->since_s = since_s;
    }
}
