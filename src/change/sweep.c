// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/sweep.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "change/withhold.h"
#include "rule/skeleton.h"

/* ----- blocked networks ----- */

static void mark_networks(const struct network_set *blocked, struct buf *out)
{
    struct digest digest = network_set_digest(blocked);
    buf_put_hex(out, blocked ? digest_bytes(&digest) : STR(""));
}

struct found {
    const struct admin *admin;
    struct sweep_slice *slice;
    int64_t ids[SWEEP_WRITES];
    size_t count, seen;
    struct error *err;
};

/* Which hosts are to be withheld, or to be given back. */
static enum status judge(void *ctx, const struct host_row *row)
{
    struct found *found = (struct found *)ctx;
    struct host_row wanted = *row;
    struct addresses addresses;
    if (found->count == SWEEP_WRITES)
        return ERR_LIMIT;
    enum status status =
        store_host_addresses(found->admin->store, row, &addresses, found->err);
    if (status)
        return status;
    found->seen++;
    found->slice->last = row->id;
    withhold_judge(found->admin, &wanted, &addresses);
    if (wanted.withheld != row->withheld)
        found->ids[found->count++] = row->id;
    return OK;
}

static enum status sweep_slice_of_networks(const struct admin *admin,
                                           struct sweep_slice *slice, struct error *err)
{
    struct found found = { .admin = admin, .slice = slice, .err = err };
    const struct store_page page = { .after = slice->after, .limit = SWEEP_SLICE };
    enum status status = store_host_list(admin->store, 0, page, judge, &found, err);
    slice->more = status == ERR_LIMIT || found.seen == SWEEP_SLICE;
    if (status == ERR_LIMIT)
        status = OK;
    for (size_t i = 0; i < found.count && !status; i++)
        status = withhold_host(admin, found.ids[i], err);
    return status;
}

const struct sweep_kind sweep_of_networks = { "blocked_networks", mark_networks,
                                              sweep_slice_of_networks };

/* ----- skeletons ----- */

static void mark_skeletons(const struct network_set *blocked, struct buf *out)
{
    (void)blocked;
    buf_put_text(out, "whole");
}

struct bare_host {
    int64_t id, skeleton;
};

struct bare_hosts {
    struct bare_host at[SWEEP_WRITES];
    size_t count;
};

static enum status take_bare(void *ctx, int64_t id, const struct name *name)
{
    struct bare_hosts *hosts = (struct bare_hosts *)ctx;
    hosts->at[hosts->count++] = (struct bare_host){ id, skeleton_number(name) };
    return OK;
}

static enum status sweep_slice_of_skeletons(const struct admin *admin,
                                            struct sweep_slice *slice, struct error *err)
{
    struct bare_hosts hosts = { .count = 0 };
    const struct store_page page = { .after = slice->after, .limit = SWEEP_WRITES };
    enum status status = store_host_list_bare(admin->store, page, take_bare, &hosts, err);
    for (size_t i = 0; i < hosts.count && !status; i++) {
        slice->last = hosts.at[i].id;
        status = store_host_set_skeleton(admin->store, hosts.at[i].id,
                                         hosts.at[i].skeleton, err);
    }
    slice->more = hosts.count == SWEEP_WRITES;
    return status;
}

const struct sweep_kind sweep_of_skeletons = { "skeletons", mark_skeletons,
                                               sweep_slice_of_skeletons };

/* ----- slices ----- */

struct sweep_work {
    struct sweep *sweep; /* NULL: it was stopped */
    const struct sweep_kind *kind;
    struct network_set *blocked; /* held */
    int64_t now_s;
    struct sweep_slice slice;
};

/* Whether all hosts are as the set asks for. What cannot be read is done again. */
static bool is_done(const struct sweep *sweep)
{
    char storage[2][SWEEP_MARK_SIZE];
    struct buf stored = BUF_ON(storage[0]), mark = BUF_ON(storage[1]);
    sweep->kind->mark(sweep->blocked, &mark);
    enum status status =
        store_setting_get(sweep->reader, sweep->kind->setting, &stored, NULL);
    return (status == OK || status == ERR_NOT_FOUND) &&
           str_equal(buf_str(&stored), buf_str(&mark));
}

static enum status run_slice(struct store *store, void *ctx, struct error *err)
{
    struct sweep_work *work = (struct sweep_work *)ctx;
    const struct admin_rules rules = { .blocked = work->blocked };
    const struct admin admin = {
        .store = store, .now_s = work->now_s, .actor = actor_at_machine(), .rules = &rules
    };
    char storage[SWEEP_MARK_SIZE];
    struct buf mark = BUF_ON(storage);
    enum status status = OK;
    work->kind->mark(work->blocked, &mark);
    work->slice.more = false;
    /* Until the end no set is the one that all hosts are held against. */
    if (work->slice.after == 0)
        status = store_setting_put(store, work->kind->setting, STR("under way"), err);
    if (!status)
        status = work->kind->run(&admin, &work->slice, err);
    if (status || work->slice.more)
        return status;
    return store_setting_put(store, work->kind->setting, buf_str(&mark), err);
}

static void next(void *ctx);

static void set_timer(struct sweep *sweep, int64_t in_ms)
{
    timer_set(&sweep->timer, sweep->jobs->loop, loop_now_ms(sweep->jobs->loop) + in_ms,
              next, sweep);
}

static void ended(void *ctx, enum status status, const struct error *err)
{
    struct sweep_work *work = (struct sweep_work *)ctx;
    struct sweep *sweep = work->sweep;
    if (status)
        log_warning("not-swept", LOG_TEXT("for", work->kind->setting),
                    LOG_TEXT("why", err->text));
    if (sweep) {
        sweep->under_way = NULL;
        if (!status)
            sweep->after = work->slice.last;
        if (sweep->again)
            sweep->after = 0;
        if (status || work->slice.more || sweep->again)
            set_timer(sweep, status ? SWEEP_RETRY_MS : SWEEP_AGAIN_MS);
        sweep->again = false;
    }
    network_set_release(work->blocked);
    mem_free(work);
}

static void next(void *ctx)
{
    struct sweep *sweep = (struct sweep *)ctx;
    struct sweep_work *work = NEW(struct sweep_work);
    *work = (struct sweep_work){
        .sweep = sweep,
        .kind = sweep->kind,
        .blocked = network_set_hold(sweep->blocked),
        .now_s = clock_wall_s(loop_clock(sweep->jobs->loop)),
        .slice = { .after = sweep->after },
    };
    sweep->under_way = work;
    if (jobs_submit(sweep->jobs, run_slice, work, ended, work) == OK)
        return;
    sweep->under_way = NULL; /* the queue is full */
    network_set_release(work->blocked);
    mem_free(work);
    set_timer(sweep, SWEEP_RETRY_MS);
}

void sweep_start(struct sweep *sweep, struct jobs *jobs, struct store *reader,
                 const struct sweep_kind *kind)
{
    *sweep = (struct sweep){ .kind = kind, .jobs = jobs, .reader = reader };
}

void sweep_begin(struct sweep *sweep, struct network_set *blocked, bool is_due)
{
    if (!sweep->jobs)
        return;
    network_set_hold(blocked);
    network_set_release(sweep->blocked);
    sweep->blocked = blocked;
    if (!is_due && is_done(sweep))
        return;
    sweep->after = 0;
    sweep->again = sweep->under_way != NULL;
    if (!sweep->under_way)
        set_timer(sweep, 0);
}

void sweep_stop(struct sweep *sweep)
{
    timer_stop(&sweep->timer);
    if (sweep->under_way)
        sweep->under_way->sweep = NULL;
    sweep->under_way = NULL;
    network_set_release(TAKE(sweep->blocked));
    sweep->jobs = NULL;
}
