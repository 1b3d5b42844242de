// SPDX-License-Identifier: GPL-3.0-or-later
/* access.h - decides which clients may transfer zones: secondaries, known by address, by key, or by
 * both. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"
#include "dns/name.h"
#include "dns/tsig.h"

struct answer_secondary {
    const struct prefix *from; /* none: any address, if there is a key */
    size_t from_count;
    const struct tsig_key *key; /* NULL: it needs no key */
    const struct name *zones;   /* none: all zones */
    size_t zone_count;
};

/* Everything in it is borrowed. */
struct answer_access {
    const struct tsig_key *keys; /* the keys that may sign requests */
    size_t key_count;
    const struct answer_secondary *secondaries;
    size_t secondary_count;
};

/* Whether the address is listed for a secondary. A secondary that is known by its key alone lists
 * none. */
bool access_is_listed(const struct answer_access *access, struct ip client);

/* Whether a client may transfer `zone`; `key` is the key that signed its request, or NULL. A
 * secondary with neither addresses nor a key matches no client. */
bool access_allows(const struct answer_access *access, struct ip client,
                   const struct tsig_key *key, const struct name *zone);
