// SPDX-License-Identifier: GPL-3.0-or-later
/* change_part.h - the layout of `struct change`. Only for change.c (start, batches, stop),
 * lookup.c and update.c. */
#pragma once

#include <pthread.h>

#include "change/blocks.h"
#include "change/change.h"
#include "change/ending.h"
#include "change/exposed.h"
#include "change/failing.h"
#include "change/inflight.h"
#include "change/jobs.h"
#include "change/load.h"
#include "change/lookout.h"
#include "change/outages.h"
#include "change/resident.h"
#include "change/seen.h"
#include "change/served.h"
#include "change/stale.h"
#include "change/sweep.h"
#include "change/trim.h"
#include "change/used.h"

struct change {
    struct loop *loop;
    struct change_options options;
    struct store *reader;

    /* Only the writer thread uses `writer` while it runs; both threads use the queue. */
    struct store *writer;
    struct queue *queue;
    struct wake wake;
    pthread_t thread;
    bool has_thread;

    /* Only the loop uses what follows. */
    struct resident *resident;
    struct load load;
    struct timer load_timer; /* the next slice, then `ready` */
    struct batch *telling;   /* committed; some of its jobs have not ended yet */
    struct jobs jobs;
    struct inflight *inflight;
    struct seen seen;
    struct exposed exposed;
    struct trim trim;
    struct blocks blocks;
    struct sweep network_sweep, skeleton_sweep;
    bool sweeps; /* the tables are complete, and the configuration is known */
    struct ending ending;
    struct outages outages;
    struct lookout lookout;
    struct failing failing;
    struct stale stale;
    struct used used;
    struct served *served; /* NULL: nobody is told */
    int64_t seq;
};

/* lookup.c: change_find_host() without what is in flight. */
MUST_CHECK enum status change_find_committed(struct change *change,
                                             const struct name *name,
                                             struct host_row *out, struct error *err);
/* lookup.c: puts the newest queued value into the row. */
void change_lay_over(const struct change *change, struct host_row *row);
