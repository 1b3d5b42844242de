// SPDX-License-Identifier: GPL-3.0-or-later
/* job.h - what waits for the writer, and batches of it. Only for the files of this room.
 *
 * A job belongs to the loop until it is queued, then to the writer until its batch is given back,
 * then to the loop again. Only its owner touches it. */
#pragma once

#include "change/callback.h"
#include "change/origin.h"
#include "change/patch.h"

struct again;
struct txt_change;

struct job {
    struct job *next;
    int64_t now_s; /* when it was queued */
    void *ctx;     /* for work_done() or done() */

    /* Out: OK, or why nothing of the job was committed. */
    enum status status;
    struct error *err; /* on the heap; NULL: nothing to say */
    bool hopeless;     /* broke the transaction: the batch goes on without it */

    /* Administration; NULL for an update. */
    change_work_fn work;
    void *work_ctx;
    change_done_fn work_done;

    int64_t host_id;
    struct rule_decision decision;
    bool keeps_addresses;   /* the decision is empty, and the host not in flight for it */
    struct txt_change *txt; /* on the heap; NULL: none */
    struct again *again;    /* for judging it once more; NULL: no need */
    struct network_set *blocked; /* held: by which it was judged; NULL: none */
    struct change_origin origin;
    uint16_t heartbeat; /* as in struct admin */
    change_update_fn done;
    struct change_outcome outcome;
};

struct batch {
    struct batch *next;
    struct job *first;
    int64_t seq; /* the newest one after the commit; 0: nothing was committed */
    bool failed; /* COMMIT failed */
    struct error err;
    struct patches patches; /* what it changed of the rows in memory */
};

/* Frees the job and its error, not `ctx` or `work_ctx`. */
void job_free(struct job *job);
/* Frees the batch with the jobs that are still in it. */
void batch_free(struct batch *batch);
