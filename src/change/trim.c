// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/trim.h"

#include "base/log.h"
#include "base/mem.h"
#include "change/admin.h"

enum {
    MONTH_S = 30 * 86400,
    DAY_S = 86400
};

/* Rows that go by their time alone. */
static const struct {
    enum status (*trim)(struct store *store, int64_t before_s, size_t limit,
                        size_t *removed, struct error *err);
    int64_t kept_s; /* after their time */
    size_t limit;
} kinds[] = {
    { store_tombstone_trim, 0, TRIM_SLICE },
    /* So that nobody is told of the same again within a month. */
    { store_mail_trim, MONTH_S, TRIM_SLICE },
    { store_session_trim, 0, TRIM_SLICE },
    { store_link_trim, 0, TRIM_SLICE },
    { store_address_change_trim, 0, TRIM_SLICE },
    { store_request_trim, 0, TRIM_SLICE },
    { store_reply_trim, DAY_S, TRIM_SLICE },
    /* Only the last bits of people's addresses go. */
    { store_change_shorten, MONTH_S, STORE_SHORTEN_MAX },
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
    size_t count = 0;
    enum status status = OK;
    if (work->below > 0)
        status = store_change_trim(store, work->below, work->before_s, TRIM_SLICE, &count,
                                   err);
    bool more = count == TRIM_SLICE, more_records = false;
    for (size_t i = 0; i < LENGTH_OF(kinds) && !status; i++) {
        count = 0;
        status = kinds[i].trim(store, work->now_s - kinds[i].kept_s, kinds[i].limit,
                               &count, err);
        more |= count == kinds[i].limit;
    }
    if (!status)
        status = admin_blocked_expire(&admin, err);
    if (!status)
        status = admin_record_expire(&admin, &more_records, err);
    work->more = more || more_records;
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
