// SPDX-License-Identifier: GPL-3.0-or-later
/* extend.h - adds records to a file that stands, so that its zone's index (index.h) knows
 * them, for this room alone. */
#pragma once

#include "image/patch.h"

/* A record of the name `owner`, or of "*.owner", with that value. ERR_LIMIT: no room. */
MUST_CHECK enum status extend_with(const struct patch *patch, struct str owner,
                                   bool wildcard, struct str value, struct error *err);
