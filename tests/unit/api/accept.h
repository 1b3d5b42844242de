// SPDX-License-Identifier: GPL-3.0-or-later
/* accept.h - what each client makes of a reply, as its own source or manual tells. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

struct played {
    int status;
    struct str head; /* with the status line, without the empty line */
    struct str body;
};

/* Whether the named client sees a success; `arg` is what its rule needs: a number of lines
 * or an address. Prints and gives false for a name that is not there. */
bool accept_reply(struct str client, const struct played *reply, struct str arg);

/* What every client needs of every reply. `closes`: the request asked for the end of the
 * connection; `has_body`: it was not HEAD. Prints what is wrong. */
bool accept_shape(const struct played *reply, bool closes, bool has_body);
