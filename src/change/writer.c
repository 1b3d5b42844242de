// SPDX-License-Identifier: GPL-3.0-or-later
/* Each job runs within a savepoint of its own, so that one that fails is undone alone; that
 * costs nothing to speak of beside what an update writes. A job after which not even the
 * savepoint works is left out, and the batch is run once more without it. */
#include "change/writer.h"

#include "base/mem.h"

enum {
    RUNS_MAX = 8 /* a disk that breaks each run will not heal in the next one */
};

void job_free(struct job *job)
{
    mem_free(job->err);
    mem_free(job);
}

static void set_status(struct job *job, enum status status, const struct error *err)
{
    job->status = status;
    if (status == OK) {
        mem_free(TAKE(job->err));
        return;
    }
    if (!job->err)
        job->err = NEW(struct error);
    *job->err = *err;
}

static void fail_all(struct batch *batch, const struct error *err)
{
    for (struct job *job = batch->first; job; job = job->next)
        if (!job->hopeless)
            set_status(job, ERR_IO, err);
}

static void run_job(struct store *store, struct job *job)
{
    struct error err = { "" };
    const struct admin admin = { .store = store,
                                 .now_s = job->now_s,
                                 .origin = &job->origin };
    enum status status = job->work ? job->work(store, job->work_ctx, &err)
                                   : apply_update(&admin, job->host_id, &job->decision,
                                                  &job->outcome, &err);
    set_status(job, status, &err);
}

/* ERR_IO: the transaction cannot be used any more. */
static enum status run_alone(struct store *store, struct job *job)
{
    struct error err = { "" };
    enum status status = store_savepoint(store, &err);
    if (!status) {
        run_job(store, job);
        status = job->status ? store_undo(store, &err) : store_release(store, &err);
    }
    if (status) {
        set_status(job, ERR_IO, &err);
        job->hopeless = true;
    }
    return status;
}

/* Any status but OK: roll back and run again. */
static enum status run_all(struct store *store, struct batch *batch)
{
    for (struct job *job = batch->first; job; job = job->next) {
        enum status status = job->hopeless ? OK : run_alone(store, job);
        if (status)
            return status;
    }
    return OK;
}

static void commit(struct store *store, struct batch *batch)
{
    int64_t seq = 0;
    if (store_newest_seq(store, &seq, &batch->err)) {
        store_rollback(store);
        fail_all(batch, &batch->err);
        return;
    }
    if (store_commit(store, &batch->err)) {
        batch->failed = true;
        fail_all(batch, &batch->err);
        return;
    }
    batch->seq = seq;
}

void writer_run(struct store *store, struct batch *batch)
{
    for (size_t run = 0; run < RUNS_MAX; run++) {
        if (store_begin(store, &batch->err)) {
            fail_all(batch, &batch->err);
            return;
        }
        if (run_all(store, batch) == OK) {
            commit(store, batch);
            return;
        }
        store_rollback(store);
    }
    error_set(&batch->err, "the database fails again and again");
    fail_all(batch, &batch->err);
}
