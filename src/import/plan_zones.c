// SPDX-License-Identifier: GPL-3.0-or-later
/* Finds zones by their names. A file may hold many thousands of zones, and each of its records
 * needs its zone. So there is a hash table with open addressing, which is at most half full. */
#include "base/mem.h"
#include "import/plan.h"

enum {
    SLOTS_FIRST = 64 /* the first size; sizes are powers of two */
};

/* FNV-1a, which needs no key: nobody attacks the import of their own file. */
static size_t hash_of(struct str name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (uint8_t)name.at[i]) * UINT64_C(1099511628211);
    return (size_t)(hash ^ hash >> 32);
}

/* The slot of the name, or the free one where it belongs. */
static size_t *find_slot(const struct plan *plan, struct str name)
{
    size_t mask = plan->slot_count - 1;
    size_t at = hash_of(name) & mask;
    while (plan->slots[at] != PLAN_NO_ZONE &&
           !str_equal(name_bytes(&plan->zones[plan->slots[at]].name), name))
        at = (at + 1) & mask;
    return &plan->slots[at];
}

static size_t find_zone(const struct plan *plan, struct str name)
{
    return plan->slot_count ? *find_slot(plan, name) : PLAN_NO_ZONE;
}

static void make_slots(struct plan *plan)
{
    mem_free(plan->slots);
    plan->slot_count = plan->slot_count ? 2 * plan->slot_count : SLOTS_FIRST;
    plan->slots = (size_t *)mem_new_array(plan->slot_count, sizeof(size_t));
    for (size_t i = 0; i < plan->slot_count; i++)
        plan->slots[i] = PLAN_NO_ZONE;
    for (size_t i = 0; i < plan->zone_count; i++)
        *find_slot(plan, name_bytes(&plan->zones[i].name)) = i;
}

size_t plan_zone(struct plan *plan, const struct name *name, uint64_t line)
{
    size_t found = find_zone(plan, name_bytes(name));
    if (found != PLAN_NO_ZONE)
        return found;
    plan->zones = mem_grow(plan->zones, plan->zone_count + 1, &plan->zone_room,
                           sizeof(*plan->zones));
    if (2 * plan->zone_count >= plan->slot_count)
        make_slots(plan);
    plan->zones[plan->zone_count] = (struct plan_zone){ .name = *name, .line = line };
    *find_slot(plan, name_bytes(name)) = plan->zone_count;
    return plan->zone_count++;
}

void plan_zones_by_soa(struct plan *plan)
{
    for (size_t i = 0; i < plan->record_count; i++) {
        const struct plan_record *record = &plan->records[i];
        struct name owner = plan_name(record->owner);
        if (record->type == RR_SOA && !record->wildcard)
            (void)plan_zone(plan, &owner, record->line);
    }
}

bool plan_wants(const struct plan *plan, size_t zone)
{
    return plan->only.n == 0 || name_equal(&plan->only, &plan->zones[zone].name);
}

static size_t find_longest(const struct plan *plan, struct str owner)
{
    for (struct str rest = owner; rest.n;
         rest = str_from_at(rest, 1U + (uint8_t)rest.at[0])) {
        size_t found = find_zone(plan, rest);
        if (found != PLAN_NO_ZONE || rest.at[0] == 0)
            return found;
    }
    return PLAN_NO_ZONE;
}

static bool is_wanted(const struct plan *plan, size_t zone)
{
    return zone != PLAN_NO_ZONE && plan_wants(plan, zone);
}

/* A DS record at the top of a zone belongs to the zone above (RFC 4035 2.4). */
static size_t find_for_ds(struct plan *plan, struct plan_record *record)
{
    size_t own = find_zone(plan, record->owner);
    size_t zone =
        own == PLAN_NO_ZONE
            ? find_longest(plan, record->owner)
            : find_longest(plan,
                           str_from_at(record->owner, 1U + (uint8_t)record->owner.at[0]));
    if (is_wanted(plan, own) && !is_wanted(plan, zone)) {
        plan_remark(plan, record->line,
                    "%s: its DS record belongs to the zone above, which is not asked for",
                    name_text(&plan->zones[own].name));
        record->taken = true;
    }
    return zone;
}

void plan_find_zones(struct plan *plan)
{
    for (size_t i = 0; i < plan->record_count; i++) {
        struct plan_record *record = &plan->records[i];
        bool is_ds = record->type == RR_DS && record->owner.at[0];
        size_t zone =
            is_ds ? find_for_ds(plan, record) : find_longest(plan, record->owner);
        if (is_wanted(plan, zone))
            record->zone = zone;
    }
}
