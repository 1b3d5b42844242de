// SPDX-License-Identifier: GPL-3.0-or-later
/* standing.h - how far each secondary has come with each zone, for operators.
 *
 * A secondary is behind with a zone from the first change that it has not acknowledged. Zones and
 * secondaries are known by their numbers; a zone and a secondary cost four bytes. Times are
 * seconds since 1970. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct standing;

struct standing *standing_new(size_t secondaries);
void standing_free(struct standing *standing);
CLEANER(standing_free, struct standing *)

/* The zone has changed. A secondary that was behind before stays so from then on. */
void standing_fall_behind(struct standing *standing, uint32_t zone, size_t secondary,
                          int64_t now_s);
/* The secondary has `serial`, and lacks what came at `since_s` and later; 0: it lacks nothing. */
void standing_catch_up(struct standing *standing, uint32_t zone, size_t secondary,
                       uint32_t serial, int64_t since_s);
/* The zone is gone: nobody lacks anything of it. */
void standing_forget(struct standing *standing, uint32_t zone);

bool standing_is_behind(const struct standing *standing, uint32_t zone, size_t secondary);

/* Since when it is behind; 0: it is not. */
int64_t standing_since(const struct standing *standing, uint32_t zone, size_t secondary);

struct standing_summary {
    size_t behind;   /* zones that the secondary is behind with */
    int64_t since_s; /* the one for longest; 0: none is */
    bool has_any;    /* it has ever acknowledged something, last of all: */
    uint32_t zone, serial;
};
/* Looks at all zones. */
void standing_get(const struct standing *standing, size_t secondary,
                  struct standing_summary *out);
