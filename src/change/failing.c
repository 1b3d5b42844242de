// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/failing.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/mem.h"

enum {
    TOLD_AT_ONCE = 32,
    ABOUT_SIZE = 64
};

struct failing_work {
    const struct post *post;
    int64_t now_s;
    size_t count;
    struct failing_host hosts[TOLD_AT_ONCE];
};

static int64_t wall_s(const struct failing *failing)
{
    return clock_wall_s(loop_clock(failing->jobs->loop));
}

/* ----- in the transaction ----- */

/* "host 12 after 1700000000": once in a row, also over a restart. */
static enum status tell(struct store *store, const struct failing_work *work,
                        const struct failing_host *host, struct error *err)
{
    char storage[ABOUT_SIZE], time[POST_TIME_SIZE];
    struct buf about = BUF_ON(storage);
    struct host_row row;
    enum post_result result = POST_QUEUED;
    enum status status = store_host_find(store, host->id, &row, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    if (row.quiet || row.last_seen_s > host->since_s)
        return OK;
    post_time(host->since_s, time);
    buf_printf(&about, "host %" PRId64 " after %" PRId64, row.id, row.last_seen_s);
    struct post_mail mail = { .kind = POST_HOST_FAILING,
                              .account_id = row.owner_id,
                              .about = buf_str(&about),
                              .reason = host->reason,
                              .now_s = work->now_s };
    post_values_add(&mail.values, "time", str_from(time));
    post_values_add(&mail.values, "host", str_from(name_text(&row.name)));
    return post_put(work->post, store, &mail, &result, err);
}

static enum status tell_all(struct store *store, void *ctx, struct error *err)
{
    const struct failing_work *work = (const struct failing_work *)ctx;
    enum status status = OK;
    for (size_t i = 0; i < work->count && !status; i++)
        status = tell(store, work, &work->hosts[i], err);
    return status;
}

static void told(void *ctx, enum status status, const struct error *err)
{
    if (status)
        log_warning("failing-not-told", LOG_TEXT("why", err->text));
    mem_free(ctx);
}

/* ----- on the loop ----- */

/* The host's own place, or that of the one that was refused longest ago. */
static struct failing_host *place_of(struct failing *failing, int64_t host_id)
{
    struct failing_host *bucket = failing->hosts[(uint64_t)host_id % FAILING_BUCKETS];
    struct failing_host *oldest = bucket;
    for (size_t i = 0; i < FAILING_WAYS; i++) {
        if (bucket[i].id == host_id)
            return &bucket[i];
        if (bucket[i].newest_s < oldest->newest_s)
            oldest = &bucket[i];
    }
    return oldest;
}

/* Nobody has heard it since, nor has it been quiet for too long. */
static bool goes_on(const struct failing *failing, const struct failing_host *host,
                    int64_t now_s)
{
    return host->id && now_s - host->newest_s < FAILING_FORGOTTEN_S &&
           resident_last_seen(failing->resident, host->id) <= host->since_s;
}

void failing_start(struct failing *failing, struct jobs *jobs,
                   const struct resident *resident, const struct post *post)
{
    failing->jobs = jobs;
    failing->resident = resident;
    failing->post = post;
}

void failing_note(struct failing *failing, int64_t host_id, enum post_reason reason)
{
    if (!failing->jobs || !failing->post)
        return;
    int64_t now_s = wall_s(failing);
    struct failing_host *host = place_of(failing, host_id);
    if (host->id != host_id || !goes_on(failing, host, now_s))
        *host = (struct failing_host){ .id = host_id, .since_s = now_s };
    host->newest_s = now_s;
    host->times++;
    host->reason = reason;
}

static bool is_to_be_told(const struct failing *failing, const struct failing_host *host,
                          int64_t now_s)
{
    return !host->is_told && host->times >= FAILING_TIMES &&
           host->newest_s - host->since_s >= FAILING_AFTER_S &&
           goes_on(failing, host, now_s);
}

void failing_look(struct failing *failing)
{
    if (!failing->jobs || !failing->post)
        return;
    struct failing_work *work = NEW(struct failing_work);
    struct failing_host *all = &failing->hosts[0][0], *telling[TOLD_AT_ONCE];
    work->post = failing->post;
    work->now_s = wall_s(failing);
    for (size_t i = 0; i < (size_t)FAILING_BUCKETS * FAILING_WAYS; i++)
        if (work->count < TOLD_AT_ONCE && is_to_be_told(failing, &all[i], work->now_s)) {
            telling[work->count] = &all[i];
            work->hosts[work->count++] = all[i];
        }
    size_t count = work->count;
    if (count == 0 || jobs_submit(failing->jobs, tell_all, work, told, work)) {
        mem_free(work);
        return;
    }
    for (size_t i = 0; i < count; i++)
        telling[i]->is_told = true;
}

void failing_stop(struct failing *failing)
{
    failing->jobs = NULL;
}
