// SPDX-License-Identifier: GPL-3.0-or-later
/* change_part.h - what stands behind `struct change`. Only for the files of this room that
 * carry its calls: change.c (start, batches, stop), lookup.c, update.c. */
#pragma once

#include <pthread.h>

#include "change/exposed.h"
#include "change/inflight.h"
#include "change/load.h"
#include "change/queue.h"
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
    struct inflight *inflight;
    struct seen seen;
    struct exposed exposed;
    struct trim trim;
    size_t under_way; /* jobs that were queued and not told yet */
    size_t works;     /* administration whose batch was not taken over yet */
    int64_t seq;
    bool broken; /* COMMIT failed, or the end has come: nothing more is taken */
};

/* lookup.c: change_find_host() without what is in flight. */
MUST_CHECK enum status change_find_committed(struct change *change,
                                             const struct name *name,
                                             struct host_row *out, struct error *err);
/* lookup.c: the newest queued value over what the row holds. */
void change_lay_over(const struct change *change, struct host_row *row);
/* update.c: writes what waits of the hosts' last calls, at most `max`. */
void change_write_seen(struct change *change, size_t max);
/* The same for tokens that came in clear. */
void change_write_exposed(struct change *change);
