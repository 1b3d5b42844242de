// SPDX-License-Identifier: GPL-3.0-or-later
/* trim.h - takes away what has had its time: old rows of the journal, reserved names that are
 * free again, records past their end.
 *
 * A slice at a time, as a job of the writer like any other. The journal keeps what a publisher
 * has not told to have applied; a host's log ends where the journal was trimmed. */
#pragma once

#include "change/jobs.h"

enum {
    TRIM_SLICE = 2000,      /* rows of a table, some 10 ms of the writer */
    TRIM_AGAIN_MS = 100,    /* after a full slice */
    TRIM_PERIOD_MS = 30000, /* a TXT record is meant to go about when it ends */
};

struct trim {
    struct jobs *jobs; /* NULL: stopped */
    int64_t keep_s;    /* how long the journal is kept; 0: for ever */
    int64_t applied;   /* the least seq that was told; 0: none was */
    struct timer timer;
};

/* The first slice comes after a period. */
void trim_start(struct trim *trim, struct jobs *jobs, int64_t keep_s);
void trim_stop(struct trim *trim);
