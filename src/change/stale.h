// SPDX-License-Identifier: GPL-3.0-or-later
/* stale.h - hosts, accounts and zones that nobody uses: their owners are warned twice, then they go
 * (rule/stale.h).
 *
 * It looks through the database in slices by id, each a job of the writer, and does little in each:
 * what is left over is found in the next round. A step and its mail are of one transaction. Nothing
 * goes unless its owner was told, or does not want to be. Only for the files of this room. */
#pragma once

#include "change/change.h"
#include "change/jobs.h"
#include "rule/stale.h"

enum {
    STALE_SLICE = 500, /* rows that are read, some 2 ms of the writer */
    STALE_ACTS = 64,   /* things of a slice that make a step */
    STALE_FIRST_MS = 3000,
    STALE_SLICE_MS = 1000,
    STALE_PERIOD_MS = 3600000 /* between two rounds */
};

struct stale {
    struct jobs *jobs; /* NULL: not started, or stopped */
    const struct post *post;
    struct change_life rules;
    struct timer timer;
    enum stale_kind kind; /* that the round is at */
    int64_t after;        /* id */
};

/* All are lent. Without `post` nothing is done. */
void stale_start(struct stale *stale, struct jobs *jobs, const struct post *post);
void stale_stop(struct stale *stale);
