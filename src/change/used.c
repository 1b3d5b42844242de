// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/used.h"

#include "base/log.h"
#include "base/mem.h"
#include "store/tables.h"

enum {
    DAY_S = 86400
};

struct used_work {
    int64_t id, now_s;
};

static enum status write_used(struct store *store, void *ctx, struct error *err)
{
    const struct used_work *work = (const struct used_work *)ctx;
    return store_account_set_used(store, work->id, work->now_s, err);
}

static void written(void *ctx, enum status status, const struct error *err)
{
    if (status)
        log_warning("use-not-written", LOG_TEXT("why", err->text));
    mem_free(ctx);
}

void used_start(struct used *used, struct jobs *jobs)
{
    used->jobs = jobs;
}

void used_note(struct used *used, int64_t account_id)
{
    if (!used->jobs)
        return;
    int64_t now_s = clock_wall_s(loop_clock(used->jobs->loop)), day = now_s / DAY_S;
    size_t place = (uint64_t)account_id % USED_KNOWN;
    if (used->known[place].id == account_id && used->known[place].day == day)
        return;
    struct used_work *work = NEW(struct used_work);
    *work = (struct used_work){ account_id, now_s };
    if (jobs_submit(used->jobs, write_used, work, written, work)) {
        mem_free(work);
        return;
    }
    used->known[place].id = account_id;
    used->known[place].day = day;
}

void used_stop(struct used *used)
{
    used->jobs = NULL;
}
