// SPDX-License-Identifier: GPL-3.0-or-later
/* serials_inside.h - what the two files of the serials share: how one is chosen stands in
 * serials.c, what outlives the image in serials_kept.c. */
#pragma once

#include "publish/byteset.h"
#include "publish/serials.h"

struct zone_print {
    uint64_t print;          /* the sum of the hashes: their order does not matter */
    uint64_t delegation;     /* of that in the zone above, what stands at this apex */
    uint32_t own, published; /* as chosen last */
    bool is_chosen, is_given;
    size_t choices; /* the first's place in `choices`, and 1 */
};

/* Of one SOA record. */
struct choice {
    uint8_t location[2];
    uint32_t serial;
    size_t next; /* of the same zone, likewise */
};

struct serials {
    const struct image *present;
    const struct serials *before;
    const struct serials *kept;
    bool trusts_image;
    struct byteset *apexes; /* numbers are places in `zones` */
    struct zone_print *zones;
    size_t room;
    struct choice *choices;
    size_t choice_count, choice_room;
    struct serials_held held;
};

/* NULL: none was chosen, or put, for the zone. */
struct zone_print *serials_find_chosen(const struct serials *serials,
                                       const struct name *apex);

/* As a zone is published, if anything tells. */
struct serial_known {
    bool is_known, is_same; /* made from the same */
    uint32_t published;
};

/* Adds what is kept of the zone to what the image tells. */
void serials_ask_kept(const struct serials *serials, const struct serial_choice *choice,
                      const struct zone_print *zone, struct serial_known *known);
