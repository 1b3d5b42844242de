// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/inflight.h"

#include <assert.h>

#include "base/mem.h"

struct entry {
    struct entry *next;
    int64_t host_id;
    size_t jobs;
    struct inflight_value value;
};

struct inflight {
    struct entry **buckets;
    size_t mask;
    size_t count; /* of entries */
};

struct inflight *inflight_new(size_t count)
{
    struct inflight *inflight = NEW(struct inflight);
    size_t size = 16;
    while (size < count && size < SIZE_MAX / 4)
        size *= 2;
    inflight->mask = size - 1;
    inflight->buckets = (struct entry **)mem_new_array(size, sizeof(*inflight->buckets));
    return inflight;
}

void inflight_free(struct inflight *inflight)
{
    if (!inflight)
        return;
    for (size_t i = 0; i <= inflight->mask; i++)
        while (inflight->buckets[i]) {
            struct entry *entry = inflight->buckets[i];
            inflight->buckets[i] = entry->next;
            mem_free(entry);
        }
    mem_free(inflight->buckets);
    mem_free(inflight);
}

/* The place that points at the host's entry, or at the end of its chain. Ids are given one
 * after the other, so the low bits spread them well. */
static struct entry **place_of(const struct inflight *inflight, int64_t host_id)
{
    struct entry **place = &inflight->buckets[(uint64_t)host_id & inflight->mask];
    while (*place && (*place)->host_id != host_id)
        place = &(*place)->next;
    return place;
}

const struct inflight_value *inflight_find(const struct inflight *inflight,
                                           int64_t host_id)
{
    if (inflight->count == 0) /* and so no bucket need be read */
        return NULL;
    const struct entry *entry = *place_of(inflight, host_id);
    return entry ? &entry->value : NULL;
}

void inflight_add(struct inflight *inflight, int64_t host_id,
                  const struct inflight_value *value)
{
    struct entry **place = place_of(inflight, host_id);
    if (!*place) {
        *place = NEW(struct entry);
        (*place)->host_id = host_id;
        inflight->count++;
    }
    (*place)->jobs++;
    (*place)->value = *value;
}

void inflight_drop(struct inflight *inflight, int64_t host_id)
{
    struct entry **place = place_of(inflight, host_id);
    struct entry *entry = *place;
    assert(entry);
    if (--entry->jobs)
        return;
    *place = entry->next;
    mem_free(entry);
    inflight->count--;
}
