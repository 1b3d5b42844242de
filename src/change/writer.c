// SPDX-License-Identifier: GPL-3.0-or-later
/* Administration runs within a savepoint of its own, so that what fails is undone alone. An
 * update refuses before it writes, and needs none: savepoints would cost a copy of each page
 * that it touches. A job after which not even the savepoint works, and an update that failed
 * in the database, is left out, and the batch is run once more without it. */
#include "change/writer.h"

#include "base/mem.h"
#include "change/again.h"
#include "change/apply.h"
#include "change/txt.h"

enum {
    RUNS_MAX = 8 /* a disk that breaks each run will not heal in the next one */
};

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

/* Whether the values can stand there is found before anything is written. */
static enum status apply_with_txt(const struct admin *admin, struct job *job,
                                  struct error *err)
{
    struct txt_plan plan;
    enum status status =
        txt_plan(admin, job->host_id, job->txt, &plan, &job->outcome, err);
    if (!status && job->outcome.result == CHANGE_DONE)
        status = apply_update(admin, job->host_id, &job->decision, &job->outcome, err);
    if (status || job->outcome.result != CHANGE_DONE)
        return status;
    return txt_apply(admin, &plan, &job->outcome.was_same, err);
}

/* ERR_IO: the transaction cannot be used any more. */
static enum status run_update(struct store *store, struct job *job,
                              struct patches *patches)
{
    struct error err = { "" };
    const struct admin_rules rules = { .blocked = job->blocked };
    const struct admin admin = { .store = store,
                                 .now_s = job->now_s,
                                 .origin = &job->origin,
                                 .patches = patches,
                                 .rules = &rules,
                                 .heartbeat = job->heartbeat };
    bool stands = true;
    enum status status = OK;
    if (job->again)
        status = again_judge(&admin, job, &stands, &err);
    if (!status && stands && job->txt)
        status = apply_with_txt(&admin, job, &err);
    else if (!status && stands)
        status = apply_update(&admin, job->host_id, &job->decision, &job->outcome, &err);
    set_status(job, status, &err);
    job->hopeless = status != OK;
    return status;
}

/* The work, and what it changed of the rows in memory. */
static enum status work(struct store *store, struct job *job, struct patches *patches,
                        struct error *err)
{
    int64_t seq = 0;
    enum status status = store_newest_seq(store, &seq, err);
    if (!status)
        status = job->work(store, job->work_ctx, err);
    return status ? status : patches_note_journal(patches, store, seq, err);
}

/* ERR_IO: the transaction cannot be used any more. */
static enum status run_work(struct store *store, struct job *job, struct patches *patches)
{
    struct error err = { "" };
    size_t noted = patches->count;
    enum status status = store_savepoint(store, &err);
    if (!status) {
        set_status(job, work(store, job, patches, &err), &err);
        status = job->status ? store_undo(store, &err) : store_release(store, &err);
    }
    if (job->status)
        patches->count = noted;
    if (status) {
        set_status(job, ERR_IO, &err);
        job->hopeless = true;
    }
    return status;
}

/* Any status but OK: roll back and run again. */
static enum status run_all(struct store *store, struct batch *batch)
{
    batch->patches.count = 0;
    for (struct job *job = batch->first; job; job = job->next) {
        enum status status = OK;
        if (!job->hopeless)
            status = job->work ? run_work(store, job, &batch->patches)
                               : run_update(store, job, &batch->patches);
        if (status)
            return status;
    }
    return OK;
}

static void commit(struct store *store, struct batch *batch)
{
    int64_t seq = 0;
    if (store_newest_seq(store, &seq, &batch->err) ||
        patches_note_blocked(&batch->patches, store, &batch->err)) {
        store_rollback(store);
        batch->patches.count = 0;
        fail_all(batch, &batch->err);
        return;
    }
    if (store_commit(store, &batch->err)) {
        batch->failed = true;
        batch->patches.count = 0;
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
        batch->patches.count = 0;
    }
    error_set(&batch->err, "the database fails again and again");
    fail_all(batch, &batch->err);
}
