// SPDX-License-Identifier: GPL-3.0-or-later
/* exposed.h - writes to the database which tokens came in clear where that is not allowed, so that
 * their owners see it.
 *
 * Only valid tokens get here. Of each token only the first time is written, for at most
 * EXPOSED_WAITING tokens in a period; the others are noted again at their next call. */
#pragma once

#include "change/jobs.h"

enum {
    EXPOSED_WAITING = 64,
    EXPOSED_KNOWN = 256, /* a power of two */
    EXPOSED_PERIOD_MS = 1000
};

struct exposed {
    struct jobs *jobs; /* NULL: not started, or stopped */
    const struct post *post;
    int64_t ids[EXPOSED_WAITING];
    size_t count;
    /* Tokens that were handed over already, each at the place that its id gives. So a device that
     * goes on calling does not cost a job each second. */
    int64_t known[EXPOSED_KNOWN];
    struct timer timer;
};

/* Both are lent. With `post` the owner of each token gets a mail. */
void exposed_start(struct exposed *exposed, struct jobs *jobs, const struct post *post);
void exposed_note(struct exposed *exposed, int64_t token_id);
/* Hands all that wait to the writer. What is noted later is not written. */
void exposed_stop(struct exposed *exposed);
