// SPDX-License-Identifier: GPL-3.0-or-later
/* edit.h - makes changes of names and zones in one image. For this room alone.
 *
 * Records are found by the image's own tables; there is no other index. A record that goes is
 * switched off: the first byte of its key, which is the length of the first label, becomes zero. No
 * look-up finds it then, and transfers pass over it. A new record takes the place of one of the
 * same name and size, if there is one. */
#pragma once

#include "image/changes.h"
#include "image/patch.h"

/* Makes all the changes. After a failure the image is useless. ERR_LIMIT: there is no room, or they
 * cannot be made in place. */
MUST_CHECK enum status edit_apply(const struct patch *patch,
                                  const struct image_changes *changes,
                                  const struct image_diff *diff, struct error *err);
