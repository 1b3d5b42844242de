// SPDX-License-Identifier: GPL-3.0-or-later
/* network_set.h - a set of addresses, made of networks. Pure. A look-up is a binary search.
 *
 * A set is never changed, so that threads share it: whoever keeps one holds it. */
#pragma once

#include "base/addresses.h"
#include "base/digest.h"

struct network_set;

enum {
    NETWORK_SET_MAX = 100000, /* networks */
    NETWORK_SET_BYTES_MAX = 4 << 20
};

/* Of the networks of both lists. NULL: there are none. What is returned is held. */
struct network_set *network_set_new(struct prefixes some, struct prefixes more);
struct network_set *network_set_hold(struct network_set *set);
void network_set_release(struct network_set *set);
CLEANER(network_set_release, struct network_set *)

/* Of NULL nothing is in the set. */
bool network_set_has(const struct network_set *set, struct ip ip);
bool network_set_has_any(const struct network_set *set,
                         const struct addresses *addresses);
/* The same for sets of the same addresses, and for no others. */
struct digest network_set_digest(const struct network_set *set);

/* A network in each line of the text; blanks around it, empty lines, and what follows a # or a ; do
 * not count. ERR_SYNTAX: a line is none, which is named; ERR_LIMIT: there are too many. *out is on
 * the heap. */
MUST_CHECK enum status network_set_read(struct str text, struct prefix **out,
                                        size_t *count, struct error *err);
