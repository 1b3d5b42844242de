// SPDX-License-Identifier: GPL-3.0-or-later
/* host_counts.h - how many hosts each account has, each zone, and each account in each zone. Only for
 * the files of this room: who inserts, moves or removes a host counts it. */
#pragma once

#include "store/tables.h"

/* `more` is 1 or -1. */
MUST_CHECK enum status host_counts_add(struct store *store, int64_t zone_id,
                                       int64_t owner_id, int more, struct error *err);
