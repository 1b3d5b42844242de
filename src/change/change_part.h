// SPDX-License-Identifier: GPL-3.0-or-later
/* change_part.h - what stands behind `struct change`. Only for the files of this room that
 * carry its calls: change.c (start, batches, stop), lookup.c, update.c. */
#pragma once

#include <pthread.h>

#include "change/change.h"
#include "change/exposed.h"
#include "change/inflight.h"
#include "change/jobs.h"
#include "change/load.h"
#include "change/resident.h"
#include "change/seen.h"
#include "change/trim.h"

struct change {
    struct loop *loop;
    struct change_options options;
    struct store *reader;

    /* The writer thread's from its start to its end. */
    struct store *writer;
    struct queue *queue;
    struct wake wake;
    pthread_t thread;
    bool has_thread;

    /* The loop's. */
    struct resident *resident;
    struct load load;
    struct timer load_timer; /* the next slice, then `ready` */
    struct batch *telling;   /* committed, and some of its jobs not told yet */
    struct jobs jobs;
    struct inflight *inflight;
    struct seen seen;
    struct exposed exposed;
    struct trim trim;
    int64_t seq;
};

/* lookup.c: change_find_host() without what is in flight. */
MUST_CHECK enum status change_find_committed(struct change *change,
                                             const struct name *name,
                                             struct host_row *out, struct error *err);
/* lookup.c: the newest queued value over what the row holds. */
void change_lay_over(const struct change *change, struct host_row *row);
