// SPDX-License-Identifier: GPL-3.0-or-later
/* Starts and stops the writer thread, which commits batches, and ends their jobs on the loop: the
 * tables in memory take over what a batch changed before its first job hears of it. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "change/change_part.h"
#include "change/writer.h"

enum {
    QUEUE_MAX = 65536,
    BATCH_MAX = 512,
    TELL_SLICE = 16,     /* jobs whose `done` is called at a time */
    LOAD_SLICE = 2000,   /* rows, some 5 ms: what a request waits for at most meanwhile */
    LOAD_RETRY_MS = 1000 /* after a slice that failed */
};

/* ----- the writer thread ----- */

static void *write_batches(void *ctx)
{
    struct change *change = (struct change *)ctx;
    for (struct batch *batch;
         (batch = queue_take(change->queue, change->options.batch_max));) {
        batch->patches.name_key = resident_name_key(change->resident);
        writer_run(change->writer, batch);
        bool failed = batch->failed;
        if (failed)
            queue_fail(change->queue);
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

/* ----- told on the loop ----- */

static void tell(struct change *change, struct job *job)
{
    static const struct error nothing;
    jobs_ended(&change->jobs);
    if (job->work) {
        job->work_done(job->ctx, job->status, job->err ? job->err : &nothing);
    } else {
        if (!job->keeps_addresses)
            inflight_drop(change->inflight, job->host_id);
        if (job->status)
            job->outcome = (struct change_outcome){ .result = CHANGE_TROUBLE };
        job->done(job->ctx, &job->outcome, &job->decision);
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
static void refuse_waiting(struct change *change, const struct error *err)
{
    for (struct batch *batch; (batch = queue_take_now(change->queue));) {
        for (struct job *job = batch->first; job; job = job->next) {
            job->status = ERR_IO;
            job->err = NEW(struct error);
            *job->err = *err;
        }
        tell_all(change, batch);
        batch_free(batch);
    }
}

/* Hosts are held against the set that counts now. What was judged by another one was queued before,
 * so the sweep sees what became of it. */
static void sweep_networks(struct change *change, bool is_due)
{
    sweep_begin(&change->network_sweep, change->blocks.set, is_due);
}

/* What the batch changed is in memory, and publish knows of it, before any `done` is called. */
static void take_batch(struct change *change, struct batch *batch)
{
    const struct change_options *options = &change->options;
    size_t works = change->jobs.works;
    change->telling = batch;
    jobs_taken_over(&change->jobs, batch);
    patches_apply(&batch->patches, change->resident, options->events, change->served);
    if (batch->patches.has_blocked) {
        blocks_take(&change->blocks, &batch->patches);
        sweep_networks(change, true);
    }
    if (batch->failed)
        change->jobs.is_closed = true;
    else if (change->jobs.works < works && options->administered)
        options->administered(options->ctx);
    if (batch->seq <= change->seq)
        return;
    change->seq = batch->seq;
    if (options->events)
        events_committed(options->events, change->seq);
    if (options->committed)
        options->committed(options->ctx, change->seq);
}

static void end_batch(struct change *change)
{
    struct batch *batch = TAKE(change->telling);
    if (batch->failed) {
        refuse_waiting(change, &batch->err);
        change->options.failed(change->options.ctx, &batch->err);
    }
    batch_free(batch);
}

/* Calls `done` of up to `max` jobs. False: there are no more. */
static bool tell_some(struct change *change, size_t max)
{
    while (max) {
        struct batch *batch = change->telling;
        if (!batch && !(batch = queue_take_done(change->queue)))
            return false;
        if (!change->telling)
            take_batch(change, batch);
        struct job *job = batch->first;
        if (!job) {
            end_batch(change);
            continue;
        }
        batch->first = job->next;
        tell(change, job);
        max--;
    }
    return true;
}

/* Every reply is a system call: between some of them the loop sees to other requests. */
static void on_wake(void *ctx)
{
    struct change *change = (struct change *)ctx;
    if (tell_some(change, TELL_SLICE))
        wake_send(&change->wake);
}

/* ----- filling the tables ----- */

static void tell_ready(void *ctx)
{
    struct change *change = (struct change *)ctx;
    change->sweeps = true;
    sweep_networks(change, false);
    sweep_begin(&change->skeleton_sweep, NULL, false);
    if (change->options.ready)
        change->options.ready(change->options.ctx);
}

static void set_load_timer(struct change *change, int64_t in_ms, timer_fn fn)
{
    timer_set(&change->load_timer, change->loop, loop_now_ms(change->loop) + in_ms, fn,
              change);
}

/* Between the slices the loop sees to everything else. */
static void load_more(void *ctx)
{
    struct change *change = (struct change *)ctx;
    struct error err;
    enum status status =
        load_slice(&change->load, change->resident, change->reader, LOAD_SLICE, &err);
    if (status)
        log_warning("tables-not-filled", LOG_TEXT("why", err.text));
    if (change_is_ready(change))
        tell_ready(change);
    else
        set_load_timer(change, status ? LOAD_RETRY_MS : 0, load_more);
}

/* A small database is read at once, a big one while the loop runs. */
static enum status load_first(struct change *change, struct error *err)
{
    int64_t newest = 0;
    if (store_host_newest(change->reader, &newest, err))
        return ERR_IO;
    resident_reserve(change->resident, (size_t)newest);
    for (int i = 0; i < LOAD_DONE && !change_is_ready(change); i++) {
        enum status status =
            load_slice(&change->load, change->resident, change->reader, LOAD_SLICE, err);
        if (status)
            return status;
    }
    set_load_timer(change, 0, change_is_ready(change) ? tell_ready : load_more);
    return OK;
}

/* ----- start and stop ----- */

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

static enum status start_thread(struct change *change, struct error *err)
{
    enum status status =
        thread_start(&change->thread, write_batches, change, "writer", err);
    change->has_thread = !status;
    return status;
}

static bool is_ready(void *ctx)
{
    const struct change *change = (const struct change *)ctx;
    return change_is_ready(change) && !change_has_failed(change);
}

static void went_round(void *ctx)
{
    failing_look(&((struct change *)ctx)->failing);
}

static void ask_served(void *ctx, int64_t number, int64_t zone_id)
{
    const struct change *change = (const struct change *)ctx;
    struct zone_row zone;
    if (!store_zone_find(change->reader, zone_id, &zone, NULL) &&
        zone.state == ZONE_ACTIVE)
        change->options.ask_served(change->options.ctx, number, &zone.name);
}

/* Whoever owns the host by now hears of it. */
static void post_served(void *ctx, int64_t host_id, int64_t seq)
{
    const struct change *change = (const struct change *)ctx;
    const struct event event = { .kind = TOLD_SERVED,
                                 .account_id = change_owner(change, host_id),
                                 .host_id = host_id,
                                 .seq = seq };
    if (event.account_id)
        events_post(change->options.events, &event);
}

static void start_served(struct change *change)
{
    const struct served_options served = {
        .loop = change->loop, .ask = ask_served, .tell = post_served, .ctx = change
    };
    if (change->options.events && change->options.ask_served)
        change->served = served_new(&served);
}

static void start_lookout(struct change *change)
{
    const struct lookout_options lookout = { .outages = &change->outages,
                                             .resident = change->resident,
                                             .post = change->options.post,
                                             .is_ready = is_ready,
                                             .went_round = went_round,
                                             .ctx = change };
    outages_start(&change->outages, &change->jobs, change->resident, change->reader);
    lookout_start(&change->lookout, &lookout);
    failing_start(&change->failing, &change->jobs, change->resident,
                  change->options.post);
    stale_start(&change->stale, &change->jobs, change->options.post);
    used_start(&change->used, &change->jobs);
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
    change->resident = resident_new();
    jobs_init(&change->jobs, loop, change->queue, change->options.queue_max);
    change->inflight = inflight_new(change->options.queue_max);

    enum status status = open_stores(change, err);
    if (!status)
        status = blocks_load(&change->blocks, change->reader, err);
    if (!status)
        status = load_first(change, err);
    if (!status)
        status = wake_start(&change->wake, loop, on_wake, change, err);
    if (!status)
        status = start_thread(change, err);
    if (status)
        return status;
    seen_start(&change->seen, &change->jobs, change->resident);
    exposed_start(&change->exposed, &change->jobs, options->post);
    trim_start(&change->trim, &change->jobs, options->keep_s);
    sweep_start(&change->network_sweep, &change->jobs, change->reader,
                &sweep_of_networks);
    sweep_start(&change->skeleton_sweep, &change->jobs, change->reader,
                &sweep_of_skeletons);
    if (options->events)
        events_committed(options->events, change->seq);
    ending_start(&change->ending, &change->jobs, change->reader, options->post);
    start_lookout(change);
    start_served(change);
    *out = TAKE(change);
    return OK;
}

void change_stop(struct change *change)
{
    if (!change)
        return;
    timer_stop(&change->load_timer);
    seen_stop(&change->seen);
    exposed_stop(&change->exposed);
    trim_stop(&change->trim);
    sweep_stop(&change->network_sweep);
    sweep_stop(&change->skeleton_sweep);
    ending_stop(&change->ending);
    lookout_stop(&change->lookout);
    failing_stop(&change->failing);
    stale_stop(&change->stale);
    used_stop(&change->used);
    outages_stop(&change->outages);
    if (change->has_thread) {
        queue_end(change->queue);
        int failed = pthread_join(change->thread, NULL);
        assert(failed == 0);
        /* A `done` may submit more, which is refused from here on. */
        change->jobs.is_closed = true;
        bool more = tell_some(change, SIZE_MAX);
        assert(!more);
    }
    served_free(change->served);
    wake_stop(&change->wake);
    queue_free(change->queue);
    inflight_free(change->inflight);
    resident_free(change->resident);
    blocks_done(&change->blocks);
    store_close(change->reader);
    store_close(change->writer);
    mem_free(change);
}

enum status change_submit(struct change *change, change_work_fn fn, void *work,
                          change_done_fn done, void *ctx)
{
    return jobs_submit(&change->jobs, fn, work, done, ctx);
}

struct store *change_reader(struct change *change)
{
    return change->reader;
}

void change_expose_token(struct change *change, int64_t token_id)
{
    exposed_note(&change->exposed, token_id);
}

void change_go_on_ending(struct change *change)
{
    ending_go_on(&change->ending);
}

void change_applied(struct change *change, int64_t seq)
{
    change->trim.applied = seq;
    if (change->options.events)
        events_applied(change->options.events, seq);
    if (change->served)
        served_applied(change->served, seq);
}

void change_served(struct change *change, int64_t number)
{
    if (change->served)
        served_answer(change->served, number);
}

void change_ask_served_again(struct change *change)
{
    if (change->served)
        served_ask_again(change->served);
}

void change_allow_private(struct change *change, bool allowed)
{
    change->options.private_allowed = allowed;
}

void change_block(struct change *change, struct prefixes networks)
{
    struct digest before = network_set_digest(change->blocks.set);
    blocks_configure(&change->blocks, networks);
    if (change->sweeps && !digest_equal(before, network_set_digest(change->blocks.set)))
        sweep_networks(change, true);
}

struct network_set *change_blocked(const struct change *change)
{
    return change->blocks.set;
}

void change_keep(struct change *change, int64_t keep_s)
{
    change->trim.keep_s = keep_s;
}

int64_t change_owner(const struct change *change, int64_t host_id)
{
    return resident_owner(change->resident, host_id);
}

void change_set_life(struct change *change, const struct change_life *rules)
{
    change->stale.rules = *rules;
}

void change_use_account(struct change *change, int64_t account_id)
{
    used_note(&change->used, account_id);
}

void change_refused(struct change *change, int64_t host_id, enum post_reason reason)
{
    failing_note(&change->failing, host_id, reason);
}

int64_t change_seq(const struct change *change)
{
    return change->seq;
}
