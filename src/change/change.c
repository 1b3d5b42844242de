// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/change.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "change/inflight.h"
#include "change/queue.h"
#include "change/writer.h"

enum {
    QUEUE_MAX = 65536,
    BATCH_MAX = 512
};

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
    struct inflight *inflight;
    size_t under_way; /* jobs that were queued and not told yet */
    int64_t seq;
    bool broken; /* COMMIT failed: nothing more is taken */
};

/* ---- the writer thread -------------------------------------------------------------- */

static void *write_batches(void *ctx)
{
    struct change *change = (struct change *)ctx;
    for (struct batch *batch;
         (batch = queue_take(change->queue, change->options.batch_max));) {
        writer_run(change->writer, batch);
        bool failed = batch->failed;
        queue_give(change->queue, batch);
        wake_send(&change->wake);
        if (failed)
            break;
        /* Trouble with it is trouble with the next commit, which will tell. */
        enum status checkpointed = store_checkpoint(change->writer, NULL);
        (void)checkpointed;
    }
    return NULL;
}

/* ---- told on the loop --------------------------------------------------------------- */

static void tell(struct change *change, struct job *job)
{
    static const struct error nothing;
    change->under_way--;
    if (job->work) {
        job->work_done(job->ctx, job->status, job->err ? job->err : &nothing);
    } else {
        inflight_drop(change->inflight, job->host_id);
        enum change_result result = job->status ? CHANGE_TROUBLE : job->outcome.result;
        bool was_same = result == CHANGE_DONE && job->outcome.was_same;
        job->done(job->ctx, result, was_same, &job->decision);
    }
    job_free(job);
}

static void tell_all(struct change *change, struct batch *batch)
{
    while (batch->first) {
        struct job *job = batch->first;
        batch->first = job->next;
        tell(change, job);
    }
}

/* What still waits behind a COMMIT that failed will never be written. */
static void refuse_rest(struct change *change, const struct error *err)
{
    for (struct batch *rest; (rest = queue_take_rest(change->queue));) {
        for (struct job *job = rest->first; job; job = job->next) {
            job->status = ERR_IO;
            job->err = NEW(struct error);
            *job->err = *err;
        }
        tell_all(change, rest);
        mem_free(rest);
    }
}

static void finish_batch(struct change *change, struct batch *batch)
{
    const struct change_options *options = &change->options;
    bool newer = batch->seq > change->seq;
    if (newer)
        change->seq = batch->seq;
    if (batch->failed)
        change->broken = true;
    tell_all(change, batch);
    if (newer && options->committed)
        options->committed(options->ctx, change->seq);
    if (batch->failed) {
        refuse_rest(change, &batch->err);
        options->failed(options->ctx, &batch->err);
    }
}

static void on_wake(void *ctx)
{
    struct change *change = (struct change *)ctx;
    for (struct batch *batch; (batch = queue_take_done(change->queue));) {
        finish_batch(change, batch);
        mem_free(batch);
    }
}

/* ---- start and stop ----------------------------------------------------------------- */

static enum status check_keys(struct change *change, struct error *err)
{
    enum status status = store_begin(change->writer, err);
    if (status)
        return status;
    status = keys_match(change->options.keys, change->writer, err);
    if (status) {
        store_rollback(change->writer);
        return status;
    }
    return store_commit(change->writer, err);
}

static enum status open_stores(struct change *change, struct error *err)
{
    const char *path = change->options.database;
    enum status status = store_open(path, STORE_WRITER, &change->writer, err);
    if (!status)
        status = check_keys(change, err);
    if (!status)
        status = store_open(path, STORE_READER, &change->reader, err);
    return status ? status : store_newest_seq(change->reader, &change->seq, err);
}

/* Signals are the loop's: the thread takes none of them. */
static enum status start_thread(struct change *change, struct error *err)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&change->thread, NULL, write_batches, change);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return FAIL(err, ERR_IO, "writer thread: %s", strerror(failed));
    change->has_thread = true;
    return OK;
}

enum status change_start(struct loop *loop, const struct change_options *options,
                         struct change **out, struct error *err)
{
    CLEANUP(change_stopp) struct change *change = NEW(struct change);
    change->loop = loop;
    change->options = *options;
    if (change->options.queue_max == 0)
        change->options.queue_max = QUEUE_MAX;
    if (change->options.batch_max == 0)
        change->options.batch_max = BATCH_MAX;
    change->queue = queue_new();
    change->inflight = inflight_new(change->options.queue_max);

    enum status status = open_stores(change, err);
    if (!status)
        status = wake_start(&change->wake, loop, on_wake, change, err);
    if (!status)
        status = start_thread(change, err);
    if (!status)
        *out = TAKE(change);
    return status;
}

void change_stop(struct change *change)
{
    if (!change)
        return;
    if (change->has_thread) {
        queue_end(change->queue);
        int failed = pthread_join(change->thread, NULL);
        assert(failed == 0);
        /* What is told may ask for more, which is refused from here on. */
        change->broken = true;
        on_wake(change);
    }
    wake_stop(&change->wake);
    queue_free(change->queue);
    inflight_free(change->inflight);
    store_close(change->reader);
    store_close(change->writer);
    mem_free(change);
}

struct store *change_reader(struct change *change)
{
    return change->reader;
}

int64_t change_seq(const struct change *change)
{
    return change->seq;
}

/* ---- look-ups ----------------------------------------------------------------------- */

enum status change_find_token(struct change *change, struct digest digest,
                              struct token_row *out, struct error *err)
{
    return store_token_find_digest(change->reader, digest, out, err);
}

enum status change_account_active(struct change *change, int64_t account_id, bool *out,
                                  struct error *err)
{
    struct account_row row;
    enum status status = store_account_find(change->reader, account_id, &row, err);
    if (!status)
        *out = row.state == ACCOUNT_ACTIVE;
    return status;
}

/* The newest queued value over what the database has. */
static void lay_over(const struct change *change, struct host_row *row)
{
    static const struct ip none = { .family = IP_NONE };
    const struct inflight_value *value = inflight_find(change->inflight, row->id);
    if (!value)
        return;
    const struct host_addresses *addresses = &value->addresses;
    row->v4 = addresses->v4_count ? addresses->v4[0] : none;
    row->v6 = addresses->v6_count ? addresses->v6[0] : none;
    row->more_addresses = addresses->v4_count > 1 || addresses->v6_count > 1;
    if (row->state == HOST_ACTIVE || row->state == HOST_OFFLINE)
        row->state = value->offline ? HOST_OFFLINE : HOST_ACTIVE;
}

enum status change_find_host(struct change *change, const struct name *name,
                             struct host_row *out, struct error *err)
{
    enum status status = store_host_find_name(change->reader, name, out, err);
    if (!status)
        lay_over(change, out);
    return status;
}

enum status change_find_host_id(struct change *change, int64_t id, struct host_row *out,
                                struct error *err)
{
    enum status status = store_host_find(change->reader, id, out, err);
    if (!status)
        lay_over(change, out);
    return status;
}

/* ---- updates ------------------------------------------------------------------------ */

static struct job *new_job(struct change *change)
{
    struct job *job = NEW(struct job);
    job->now_s = clock_wall_s(loop_clock(change->loop));
    return job;
}

static bool is_full(const struct change *change)
{
    return change->broken || change->under_way >= change->options.queue_max;
}

static void queue_job(struct change *change, struct job *job)
{
    change->under_way++;
    queue_push(change->queue, job);
}

/* What the host has by now: queued, or in the database. */
static enum status find_now(struct change *change, const struct host_row *host,
                            const struct inflight_value *queued,
                            struct host_addresses *out)
{
    if (!queued)
        return store_host_addresses(change->reader, host, out, NULL);
    *out = queued->addresses;
    return OK;
}

/* Whether a prefix may have to be written although the host itself stays as it is. */
static enum status has_followers(struct change *change, int64_t host_id, bool *out)
{
    int64_t id = 0;
    size_t count = 0;
    enum status status =
        store_host_followers(change->reader, host_id, &id, 1, &count, NULL);
    *out = count > 0 || status == ERR_LIMIT;
    return status == ERR_LIMIT ? OK : status;
}

/* Sets *told to what can be said at once; false when the request has to be queued. */
static bool decide(struct change *change, const struct host_row *host,
                   const struct rule_request *request, struct rule_decision *decision,
                   enum change_result *told)
{
    const struct inflight_value *queued = inflight_find(change->inflight, host->id);
    struct host_addresses now;
    bool writes = queued != NULL;
    *told = CHANGE_TROUBLE;
    if (find_now(change, host, queued, &now))
        return true;
    /* The row may have been read before another change of the same request was queued. */
    struct host_row row = *host;
    lay_over(change, &row);
    const struct rule_host rule_host = {
        .row = &row,
        .now = &now,
        .private_allowed = change->options.private_allowed,
    };
    rule_decide(request, &rule_host, decision);
    if (decision->verdict == RULE_BAD_IP) {
        *told = CHANGE_BAD_IP;
        return true;
    }
    writes = writes || decision->verdict == RULE_CHANGE;
    if (!writes && decision->has_prefix && has_followers(change, host->id, &writes))
        return true;
    if (!writes)
        *told = CHANGE_SAME;
    return !writes || is_full(change);
}

void change_update(struct change *change, const struct host_row *host,
                   const struct rule_request *request, const struct change_origin *origin,
                   change_update_fn done, void *ctx)
{
    struct rule_decision decision = { .verdict = RULE_SAME };
    enum change_result told = CHANGE_TROUBLE;
    if (decide(change, host, request, &decision, &told)) {
        done(ctx, told, told == CHANGE_SAME, &decision);
        return;
    }
    struct job *job = new_job(change);
    job->host_id = host->id;
    job->decision = decision;
    job->origin = *origin;
    job->done = done;
    job->ctx = ctx;
    const struct inflight_value value = { .addresses = decision.wanted,
                                          .offline = decision.offline };
    inflight_add(change->inflight, host->id, &value);
    queue_job(change, job);
}

/* ---- administration ----------------------------------------------------------------- */

enum status change_submit(struct change *change, change_work_fn fn, void *work,
                          change_done_fn done, void *ctx)
{
    if (is_full(change))
        return ERR_BUSY;
    struct job *job = new_job(change);
    job->work = fn;
    job->work_ctx = work;
    job->work_done = done;
    job->ctx = ctx;
    queue_job(change, job);
    return OK;
}
