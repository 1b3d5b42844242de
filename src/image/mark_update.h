// SPDX-License-Identifier: GPL-3.0-or-later
/* mark_update.h - keeps the marks (image.h) true when names come and go, for this room alone. */
#pragma once

#include "image/patch.h"

/* Of a name and of "*.name". */
struct presence {
    bool name, wildcard;
};

/* After the records of `name` have changed: which of the two had and have records, and which
 * exist without any. Marks of the names above are counted up and down, and made where there
 * were none. ERR_LIMIT: there is no room for them. */
MUST_CHECK enum status mark_update(const struct patch *patch, struct str name,
                                   const struct presence *before,
                                   const struct presence *after,
                                   const struct presence *marked, struct error *err);
