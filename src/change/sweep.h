// SPDX-License-Identifier: GPL-3.0-or-later
/* sweep.h - walks over all hosts behind the service's back, and puts right what a new rule asks for.
 *
 * It works in slices, each a job of the writer like any other. What it was done for stands in the
 * settings of the database, so that one that a stop or a kill cut short is made again, and one that
 * is not due costs a look. Only for the files of this room; on the loop's thread. */
#pragma once

#include "change/admin.h"
#include "change/jobs.h"

enum {
    SWEEP_SLICE = 2000, /* rows that are read, some 5 ms of the writer */
    SWEEP_WRITES = 256, /* rows that are written, some 10 ms */
    SWEEP_AGAIN_MS = 5,
    SWEEP_RETRY_MS = 1000,
    SWEEP_MARK_SIZE = 40
};

/* One slice: hosts with ids behind `after`. */
struct sweep_slice {
    int64_t after;
    int64_t last; /* out: the last one that was seen */
    bool more;    /* out: there may be others behind it */
};

struct sweep_kind {
    const char *setting;
    /* What the setting has once all hosts are as this set asks for. */
    void (*mark)(const struct network_set *blocked, struct buf *out);
    enum status (*run)(const struct admin *admin, struct sweep_slice *slice,
                       struct error *err);
};

extern const struct sweep_kind sweep_of_networks;  /* who points to a blocked network */
extern const struct sweep_kind sweep_of_skeletons; /* who has no skeleton yet */

struct sweep_work;

struct sweep {
    const struct sweep_kind *kind;
    struct jobs *jobs; /* NULL: stopped */
    struct store *reader;
    struct network_set *blocked;
    struct sweep_work *under_way; /* the slice that is; NULL: none */
    bool again;                   /* from the begin, when it has ended */
    int64_t after;
    struct timer timer;
};

/* All are lent. */
void sweep_start(struct sweep *sweep, struct jobs *jobs, struct store *reader,
                 const struct sweep_kind *kind);
/* Walks from the first host; unless `is_due`, only if the setting says that it was not done. The set
 * is held until the next call. */
void sweep_begin(struct sweep *sweep, struct network_set *blocked, bool is_due);
void sweep_stop(struct sweep *sweep);
