// SPDX-License-Identifier: GPL-3.0-or-later
/* blocks.h - the networks to which no host may point: those of the configuration and those of the
 * database, together. Only for the files of this room; on the loop's thread. */
#pragma once

#include "change/patch.h"
#include "rule/network_set.h"

struct blocks {
    struct prefix *configured, *stored;
    size_t configured_count, stored_count;
    struct network_set *set; /* of both; NULL: none. Held */
};

/* Reads those of the database. */
MUST_CHECK enum status blocks_load(struct blocks *blocks, struct store *store,
                                   struct error *err);
/* Takes those of the database out of what a batch has changed. */
void blocks_take(struct blocks *blocks, struct patches *patches);
/* Replaces those of the configuration; copied. */
void blocks_configure(struct blocks *blocks, struct prefixes networks);
void blocks_done(struct blocks *blocks);
