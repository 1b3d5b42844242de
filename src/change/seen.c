// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/seen.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "change/in_clear.h"

struct seen_work {
    size_t count;
    struct {
        struct seen_host host;
        int64_t seen_s;
        uint16_t heartbeat;
    } calls[];
};

static enum status write_hosts(struct store *store, void *ctx, struct error *err)
{
    const struct seen_work *work = (const struct seen_work *)ctx;
    enum status status = OK;
    for (size_t i = 0; i < work->count && !status; i++) {
        const struct seen_host *host = &work->calls[i].host;
        status = store_host_set_seen(store, host->id, work->calls[i].seen_s,
                                     work->calls[i].heartbeat, err);
        if (!status && host->in_clear_before_s)
            status = store_host_set_in_clear(store, host->id, host->in_clear_s,
                                             host->in_clear_before_s, err);
    }
    return status;
}

/* What failed is tried again with a later call of the host: an hour or a day later. */
static void written(void *ctx, enum status status, const struct error *err)
{
    if (status)
        log_warning("last-seen-not-written", LOG_TEXT("why", err->text));
    mem_free(ctx);
}

/* Takes up to `max` of those that wait and hands them to the writer. */
static void write_seen(struct seen *seen, size_t max)
{
    size_t count = seen->count < max ? seen->count : max;
    if (count == 0)
        return;
    struct seen_work *work =
        (struct seen_work *)mem_new(sizeof(*work) + count * sizeof(work->calls[0]));
    work->count = count;
    for (size_t i = 0; i < count; i++) {
        work->calls[i].host = seen->hosts[i];
        work->calls[i].seen_s = resident_last_seen(seen->resident, seen->hosts[i].id);
        work->calls[i].heartbeat = resident_heartbeat(seen->resident, seen->hosts[i].id);
    }
    if (jobs_submit(seen->jobs, write_hosts, work, written, work)) {
        mem_free(work); /* the queue is full: they wait on */
        return;
    }
    seen->count -= count;
    memmove(seen->hosts, seen->hosts + count, seen->count * sizeof(seen->hosts[0]));
}

static void set_timer(struct seen *seen);

static void write_some(void *ctx)
{
    struct seen *seen = (struct seen *)ctx;
    write_seen(seen, SEEN_RATE);
    set_timer(seen);
}

/* While hosts wait it runs. */
static void set_timer(struct seen *seen)
{
    if (seen->jobs && seen->count > 0 && !seen->timer.loop)
        timer_set(&seen->timer, seen->jobs->loop,
                  loop_now_ms(seen->jobs->loop) + SEEN_PERIOD_MS, write_some, seen);
}

void seen_start(struct seen *seen, struct jobs *jobs, struct resident *resident)
{
    seen->jobs = jobs;
    seen->resident = resident;
}

static void note(struct seen *seen, int64_t host_id, bool encrypted, bool sees)
{
    if (!seen->jobs)
        return;
    int64_t now_s = clock_wall_s(loop_clock(seen->jobs->loop));
    int64_t before_s = resident_in_clear(seen->resident, host_id);
    int64_t day_s = in_clear_after(before_s, now_s, encrypted);
    bool is_old = sees && resident_see(seen->resident, host_id, now_s);
    if ((is_old || day_s != before_s) && seen->count < SEEN_WAITING_MAX) {
        struct seen_host *host = &seen->hosts[seen->count++];
        *host = (struct seen_host){ .id = host_id, .in_clear_s = day_s };
        /* A change that is in flight may write a newer day. */
        if (day_s != before_s)
            host->in_clear_before_s = day_s ? day_s : before_s + 1;
        if (is_old)
            resident_seen_written(seen->resident, host_id, now_s);
        resident_set_in_clear(seen->resident, host_id, day_s);
    }
    set_timer(seen);
}

void seen_call(struct seen *seen, int64_t host_id, bool encrypted)
{
    note(seen, host_id, encrypted, true);
}

void seen_other_call(struct seen *seen, int64_t host_id, bool encrypted)
{
    note(seen, host_id, encrypted, false);
}

void seen_stop(struct seen *seen)
{
    timer_stop(&seen->timer);
    write_seen(seen, SIZE_MAX);
    seen->jobs = NULL;
}
