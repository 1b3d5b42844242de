// SPDX-License-Identifier: GPL-3.0-or-later
/* mark_update.h - keeps the marks (image.h) true when names come and go, for this room alone. */
#pragma once

#include "image/patch.h"

/* Of a name and of "*.name". */
struct tally_state {
    bool name, wildcard;
};

/* After the records of `name` have changed: which of the two had and have records, and which
 * exist without any. Marks of the names above are counted up and down, and made where there
 * were none. ERR_LIMIT: there is no room for them. */
MUST_CHECK enum status tally_node(const struct patch *patch, struct str name,
                                  const struct tally_state *before,
                                  const struct tally_state *after,
                                  const struct tally_state *marked, struct error *err);
