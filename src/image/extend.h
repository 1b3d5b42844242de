// SPDX-License-Identifier: GPL-3.0-or-later
/* extend.h - adds a record to an image, and to its zone's index (index.h). For this room alone. */
#pragma once

#include "image/patch.h"

/* Adds a record of `owner`, or of "*.owner", with this value. ERR_LIMIT: there is no room. */
MUST_CHECK enum status extend_with(const struct patch *patch, struct str owner,
                                   bool wildcard, struct str value, struct error *err);
