// SPDX-License-Identifier: GPL-3.0-or-later
/* trim.h - removes what has expired: old rows of the journal, reserved names that are free again,
 * and records past their end.
 *
 * It works in slices, each a job of the writer like any other. Rows of the journal that a publisher
 * has not yet reported as applied are kept. A host's log ends where the journal was trimmed. */
#pragma once

#include "change/jobs.h"

enum {
    TRIM_SLICE = 2000,      /* rows of a table, some 10 ms of the writer */
    TRIM_AGAIN_MS = 100,    /* after a full slice */
    TRIM_PERIOD_MS = 30000, /* a TXT record should go soon after it ends */
};

struct trim {
    struct jobs *jobs; /* NULL: stopped */
    int64_t keep_s;    /* how long the journal is kept; 0: for ever */
    int64_t applied;   /* the least seq that was reported; 0: none */
    struct timer timer;
};

/* The first slice comes after a period. */
void trim_start(struct trim *trim, struct jobs *jobs, int64_t keep_s);
void trim_stop(struct trim *trim);
