// SPDX-License-Identifier: GPL-3.0-or-later
/* mark_update.h - keeps the marks (image.h) true when names come and go. For this room alone. */
#pragma once

#include "image/patch.h"

/* Something that is true, or not, of a name and of "*.name". */
struct presence {
    bool name, wildcard;
};

/* To be called after the records of `name` have changed. `before` and `after` tell which of the
 * two had and have records, `marked` which of them exist without records. Counts the marks of the
 * names above up or down, and makes marks where there were none. ERR_LIMIT: there is no room. */
MUST_CHECK enum status mark_update(const struct patch *patch, struct str name,
                                   const struct presence *before,
                                   const struct presence *after,
                                   const struct presence *marked, struct error *err);
