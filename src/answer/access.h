// SPDX-License-Identifier: GPL-3.0-or-later
/* access.h - who may take whole zones: secondaries, known by address, by key, or by both. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"
#include "dns/name.h"
#include "dns/tsig.h"

struct answer_secondary {
    const struct prefix *from; /* none: any address, for those with a key */
    size_t from_count;
    const struct tsig_key *key; /* NULL: none is needed */
    const struct name *zones;   /* none: all zones */
    size_t zone_count;
};

/* All of it is borrowed. */
struct answer_access {
    const struct tsig_key *keys; /* those that requests may be signed with */
    size_t key_count;
    const struct answer_secondary *secondaries;
    size_t secondary_count;
};

/* Whether a secondary asks from this address; one that is known by its key alone may ask from any,
 * which does not count. */
bool access_is_listed(const struct answer_access *access, struct ip client);

/* Whether a client may take `zone`; `key` is the one that signed its request, or NULL. A
 * secondary with neither addresses nor a key is nobody. */
bool access_allows(const struct answer_access *access, struct ip client,
                   const struct tsig_key *key, const struct name *zone);
