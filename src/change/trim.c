// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/trim.h"

#include "base/log.h"
#include "base/mem.h"
#include "change/admin.h"

enum {
    MAILS_KEPT_S =
        30 * 86400, /* so that nobody is told of the same again within a month */
    SOURCES_KEPT_S = 30 * 86400, /* of people, to the last bit */
    REPLIES_KEPT_S = 86400
};

struct trim_work {
    struct trim *trim;
    int64_t now_s, below, before_s;
    bool more; /* a slice was full */
};

static enum status do_slice(struct store *store, void *ctx, struct error *err)
{
    struct trim_work *work = (struct trim_work *)ctx;
    const struct admin admin = { .store = store, .now_s = work->now_s };
    size_t changes = 0, tombstones = 0, mails = 0, sessions = 0, links = 0, addresses = 0,
           requests = 0, replies = 0, sources = 0;
    bool more_records = false;
    enum status status = OK;
    if (work->below > 0)
        status = store_change_trim(store, work->below, work->before_s, TRIM_SLICE,
                                   &changes, err);
    if (!status)
        status = store_tombstone_trim(store, work->now_s, TRIM_SLICE, &tombstones, err);
    if (!status)
        status =
            store_mail_trim(store, work->now_s - MAILS_KEPT_S, TRIM_SLICE, &mails, err);
    if (!status)
        status = store_session_trim(store, work->now_s, TRIM_SLICE, &sessions, err);
    if (!status)
        status = store_link_trim(store, work->now_s, TRIM_SLICE, &links, err);
    if (!status)
        status =
            store_address_change_trim(store, work->now_s, TRIM_SLICE, &addresses, err);
    if (!status)
        status = store_request_trim(store, work->now_s, TRIM_SLICE, &requests, err);
    if (!status)
        status = admin_blocked_expire(&admin, err);
    if (!status)
        status = store_reply_trim(store, work->now_s - REPLIES_KEPT_S, TRIM_SLICE,
                                  &replies, err);
    if (!status)
        status = store_change_shorten(store, work->now_s - SOURCES_KEPT_S,
                                      STORE_SHORTEN_MAX, &sources, err);
    if (!status)
        status = admin_record_expire(&admin, &more_records, err);
    work->more = changes == TRIM_SLICE || tombstones == TRIM_SLICE ||
                 mails == TRIM_SLICE || sessions == TRIM_SLICE || links == TRIM_SLICE ||
                 addresses == TRIM_SLICE || requests == TRIM_SLICE ||
                 replies == TRIM_SLICE || sources == STORE_SHORTEN_MAX || more_records;
    return status;
}

static void run_slice(void *ctx);

static void set_timer(struct trim *trim, int64_t in_ms)
{
    timer_set(&trim->timer, trim->jobs->loop, loop_now_ms(trim->jobs->loop) + in_ms,
              run_slice, trim);
}

static void done(void *ctx, enum status status, const struct error *err)
{
    struct trim_work *work = (struct trim_work *)ctx;
    if (status)
        log_warning("not-trimmed", LOG_TEXT("why", err->text));
    if (work->trim->jobs)
        set_timer(work->trim, !status && work->more ? TRIM_AGAIN_MS : TRIM_PERIOD_MS);
    mem_free(work);
}

static void run_slice(void *ctx)
{
    struct trim *trim = (struct trim *)ctx;
    struct trim_work *slice = NEW(struct trim_work);
    int64_t now_s = clock_wall_s(loop_clock(trim->jobs->loop));
    *slice = (struct trim_work){
        .trim = trim,
        .now_s = now_s,
        .below = trim->keep_s > 0 ? trim->applied : 0,
        .before_s = now_s - trim->keep_s,
    };
    if (jobs_submit(trim->jobs, do_slice, slice, done, slice) == OK)
        return;
    mem_free(slice); /* the queue is full */
    set_timer(trim, TRIM_PERIOD_MS);
}

void trim_start(struct trim *trim, struct jobs *jobs, int64_t keep_s)
{
    *trim = (struct trim){ .jobs = jobs, .keep_s = keep_s };
    set_timer(trim, TRIM_PERIOD_MS);
}

void trim_stop(struct trim *trim)
{
    timer_stop(&trim->timer);
    trim->jobs = NULL;
}
