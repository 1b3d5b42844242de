// SPDX-License-Identifier: GPL-3.0-or-later
/* exposed.h - tokens that came in clear where that is not allowed: on their way to the
 * database, so that their owner sees it.
 *
 * Only a valid token gets here, and of one token only the first time is written, at most
 * EXPOSED_WAITING of them in a period: what the rest is worth, the next call tells again. */
#pragma once

#include "change/change.h"

enum {
    EXPOSED_WAITING = 64,
    EXPOSED_KNOWN = 256, /* a power of two */
    EXPOSED_PERIOD_MS = 1000
};

struct exposed {
    int64_t ids[EXPOSED_WAITING];
    size_t count;
    /* Tokens that were handed over already, each where its id says, so that a device that goes
     * on calling costs no job each second. */
    int64_t known[EXPOSED_KNOWN];
    struct timer timer;
};

void exposed_note(struct exposed *exposed, int64_t token_id);
/* Hands those that wait to the writer. */
void exposed_write(struct exposed *exposed, struct change *change, int64_t now_s);
