// SPDX-License-Identifier: GPL-3.0-or-later
/* allowed.h - a secondary that may have every zone, and a key for it. */
#pragma once

#include "answer/access.h"
#include "dns/tsig.h"

/* The key k.example. */
void allowed_key(struct tsig_key *out);

/* It may transfer from 127.0.0.0/24, by the key if it likes. Stays where it is, as its members
 * refer to each other. */
struct allowed {
    struct tsig_key key;
    struct prefix from;
    struct answer_secondary secondary;
    struct answer_access access;
};
void allowed_init(struct allowed *allowed);
