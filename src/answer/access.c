// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/access.h"

static bool is_listed(const struct answer_secondary *secondary, struct ip client)
{
    for (size_t i = 0; i < secondary->from_count; i++) {
        if (prefix_has(secondary->from[i], client))
            return true;
    }
    return false;
}

static bool is_from(const struct answer_secondary *secondary, struct ip client)
{
    return is_listed(secondary, client) || (secondary->from_count == 0 && secondary->key);
}

static bool has_zone(const struct answer_secondary *secondary, const struct name *zone)
{
    for (size_t i = 0; i < secondary->zone_count; i++) {
        if (name_equal(&secondary->zones[i], zone))
            return true;
    }
    return secondary->zone_count == 0;
}

bool access_is_listed(const struct answer_access *access, struct ip client)
{
    for (size_t i = 0; i < access->secondary_count; i++) {
        if (is_listed(&access->secondaries[i], client))
            return true;
    }
    return false;
}

bool access_allows(const struct answer_access *access, struct ip client,
                   const struct tsig_key *key, const struct name *zone)
{
    for (size_t i = 0; i < access->secondary_count; i++) {
        const struct answer_secondary *secondary = &access->secondaries[i];
        bool keyed =
            !secondary->key || (key && name_equal(&secondary->key->name, &key->name));
        if (keyed && is_from(secondary, client) && has_zone(secondary, zone))
            return true;
    }
    return false;
}
