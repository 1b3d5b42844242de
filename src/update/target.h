// SPDX-License-Identifier: GPL-3.0-or-later
/* target.h - one spelling for all the ways in which devices write the target of a request. Pure.
 *
 * Users type URLs into forms for host names, and firmware glues together what it has. So there
 * are doubled slashes, backslashes, no leading slash, a trailing one, a whole URL, a second URL
 * after a blank, a second '?' in place of '&', the path after the '?', and escapes where none
 * are needed. docs/protocol.md has the list. Escapes in the path are decoded once. */
#pragma once

#include "base/arena.h"

struct target {
    /* Begins with '/'. It does not end with '/' unless that is all of it, and does not begin
     * with two. */
    struct str path;
    struct str query; /* without '?'; still escaped */
};

/* `raw` has to live as long as *out. What had to be rewritten is in the arena. */
void target_normalise(struct str raw, struct arena *arena, struct target *out);
