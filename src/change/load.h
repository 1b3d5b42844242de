// SPDX-License-Identifier: GPL-3.0-or-later
/* load.h - fills the tables in memory from the database, a slice at a time.
 *
 * Every slice reads what the database holds by then. A batch that commits meanwhile is taken
 * over too when it is told: what a slice read already is set again, what no slice reached
 * yet comes with its slice; so nothing is lost, in whatever order they meet. */
#pragma once

#include "change/resident.h"

enum load_phase {
    LOAD_ACCOUNTS,
    LOAD_HOSTS,
    LOAD_TOKENS,
    LOAD_DONE
};

/* All zeros is the begin. */
struct load {
    enum load_phase phase;
    int64_t after; /* the id that was read last */
};

/* The next rows, some `limit`. After a failure the same slice can be tried again. */
MUST_CHECK enum status load_slice(struct load *load, struct resident *resident,
                                  struct store *store, size_t limit, struct error *err);
