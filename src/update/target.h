// SPDX-License-Identifier: GPL-3.0-or-later
/* target.h - one spelling for every way in which devices write where a request goes. Pure.
 *
 * Users type URLs into forms that were made for host names, and firmware glues what it has:
 * doubled slashes, backslashes, no leading slash, a trailing one, a whole URL, a second URL
 * behind a blank, a second '?' where '&' was meant, the path behind the '?', escapes where
 * none are needed. docs/protocol.md has the list. The path's escapes are decoded, once. */
#pragma once

#include "base/arena.h"

struct target {
    struct str
        path; /* begins with '/', which stands alone or is followed by another byte,
                         and does not end with it */
    struct str query; /* without '?'; still escaped */
};

/* `raw` lives as long as *out is used; what had to be rewritten is in the arena. */
void target_normalise(struct str raw, struct arena *arena, struct target *out);
