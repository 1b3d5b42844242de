// SPDX-License-Identifier: GPL-3.0-or-later
/* skeleton.h - which names look alike to a person who reads in haste. Pure.
 *
 * Two names look alike when their skeletons are equal. A skeleton has one letter for all that look
 * like it: 0 and o; 1, i and l; 5 and s; 2 and z; rn and m; vv and w; and letters of other scripts
 * and with marks as the letter of ASCII. Hyphens are left out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dns/name.h"

enum skeleton_depth {
    SKELETON_OF_HOSTS,
    /* Also digits that people read as letters: 3 is e, 4 is a, 7 is t, 8 is b, 9 is g. It would part
     * too many hosts of honest people; against words that are reserved it is right. */
    SKELETON_OF_WORDS
};

/* Writes that of one label, which is in lower case. It is never longer than the label. */
void skeleton_put(struct str label, enum skeleton_depth depth, struct buf *out);
/* Whether two names are different and yet look alike. */
bool skeleton_is_alike(const struct name *a, const struct name *b);
/* A number that is the same for all names that look alike, and hardly for others; never 0. It stands
 * in the database: whoever changes what looks alike adds a step to schema/ that sets it to NULL. */
int64_t skeleton_number(const struct name *name);
