// SPDX-License-Identifier: GPL-3.0-or-later
/* edit.h - brings one file up to date after changes of names, for this room alone.
 *
 * Records are found through the file's own tables; there is no other index. A record that
 * goes is switched off: the first byte of its key, the length of the first label, becomes zero,
 * so that no question finds it and transfers pass over it. A new one takes the place of one
 * of the same name and size if it can. */
#pragma once

#include "image/changes.h"
#include "image/patch.h"

/* All of the changes. After a failure the file is of no more use.
 * ERR_LIMIT: there is no room, or it cannot be done in place. */
MUST_CHECK enum status edit_apply(const struct patch *patch,
                                  const struct image_changes *changes,
                                  const struct image_diff *diff, struct error *err);
