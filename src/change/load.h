// SPDX-License-Identifier: GPL-3.0-or-later
/* load.h - fills the tables in memory from the database, a slice at a time.
 *
 * Each slice reads what the database holds at that moment. A batch that commits meanwhile is taken
 * over as well: it sets rows again that a slice has read already, and a later slice reads the
 * others. So nothing is lost, whichever comes first. */
#pragma once

#include "change/resident.h"

enum load_phase {
    LOAD_ACCOUNTS,
    LOAD_HOSTS,
    LOAD_TOKENS,
    LOAD_DONE
};

/* Begins as all zeros. */
struct load {
    enum load_phase phase;
    int64_t after; /* the id that was read last */
};

/* Reads the next rows, about `limit`. After a failure the same slice can be tried again. */
MUST_CHECK enum status load_slice(struct load *load, struct resident *resident,
                                  struct store *store, size_t limit, struct error *err);
