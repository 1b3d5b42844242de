// SPDX-License-Identifier: GPL-3.0-or-later
/* inflight.h - the newest value of each host that has changes between the queue and the commit.
 *
 * A chained hash by host id. An entry lives as long as jobs of its host are under way. */
#pragma once

#include "store/tables.h"

struct inflight;

/* What the newest queued change of a host leads to. */
struct inflight_value {
    struct addresses addresses;
    bool offline;
};

/* Sized for about `count` hosts at a time; more are fine. */
struct inflight *inflight_new(size_t count);
void inflight_free(struct inflight *inflight);

/* NULL: no change of this host is under way. Lent until the next call. */
const struct inflight_value *inflight_find(const struct inflight *inflight,
                                           int64_t host_id);
/* One more job of the host is queued; `value` is what it leads to. */
void inflight_add(struct inflight *inflight, int64_t host_id,
                  const struct inflight_value *value);
/* One job of the host is done, well or not. */
void inflight_drop(struct inflight *inflight, int64_t host_id);
