// SPDX-License-Identifier: GPL-3.0-or-later
/* exposed.h - tokens that came in clear where that is not allowed: on their way to the
 * database, so that their owner sees it.
 *
 * Only a valid token gets here, and of one token only the first time is written, at most
 * EXPOSED_WAITING of them in a period: what the rest is worth, the next call tells again. */
#pragma once

#include "change/jobs.h"

enum {
    EXPOSED_WAITING = 64,
    EXPOSED_KNOWN = 256, /* a power of two */
    EXPOSED_PERIOD_MS = 1000
};

struct exposed {
    struct jobs *jobs; /* NULL: not started, or stopped */
    int64_t ids[EXPOSED_WAITING];
    size_t count;
    /* Tokens that were handed over already, each where its id says, so that a device that goes
     * on calling costs no job each second. */
    int64_t known[EXPOSED_KNOWN];
    struct timer timer;
};

/* `jobs` is lent. */
void exposed_start(struct exposed *exposed, struct jobs *jobs);
void exposed_note(struct exposed *exposed, int64_t token_id);
/* Hands those that wait to the writer. Later ones are not written. */
void exposed_stop(struct exposed *exposed);
