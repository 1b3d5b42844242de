// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/seen.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

struct seen_work {
    size_t count;
    struct {
        int64_t id, seen_s;
    } hosts[];
};

static enum status write_hosts(struct store *store, void *ctx, struct error *err)
{
    const struct seen_work *work = (const struct seen_work *)ctx;
    for (size_t i = 0; i < work->count; i++) {
        enum status status =
            store_host_set_seen(store, work->hosts[i].id, work->hosts[i].seen_s, err);
        if (status)
            return status;
    }
    return OK;
}

/* What failed is tried again with a later call of the host. */
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
        (struct seen_work *)mem_new(sizeof(*work) + count * sizeof(work->hosts[0]));
    work->count = count;
    for (size_t i = 0; i < count; i++) {
        work->hosts[i].id = seen->ids[i];
        work->hosts[i].seen_s = resident_last_seen(seen->resident, seen->ids[i]);
    }
    if (jobs_submit(seen->jobs, write_hosts, work, written, work)) {
        mem_free(work); /* the queue is full: they wait on */
        return;
    }
    seen->count -= count;
    memmove(seen->ids, seen->ids + count, seen->count * sizeof(seen->ids[0]));
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

void seen_call(struct seen *seen, int64_t host_id)
{
    if (!seen->jobs)
        return;
    int64_t now_s = clock_wall_s(loop_clock(seen->jobs->loop));
    if (resident_see(seen->resident, host_id, now_s) && seen->count < SEEN_WAITING_MAX) {
        resident_seen_written(seen->resident, host_id, now_s);
        seen->ids[seen->count++] = host_id;
    }
    set_timer(seen);
}

void seen_stop(struct seen *seen)
{
    timer_stop(&seen->timer);
    write_seen(seen, SIZE_MAX);
    seen->jobs = NULL;
}
