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

void seen_call(struct seen *seen, struct resident *resident, int64_t host_id,
               int64_t now_s)
{
    if (!resident_see(resident, host_id, now_s) || seen->count == SEEN_WAITING_MAX)
        return;
    resident_seen_written(resident, host_id, now_s);
    seen->ids[seen->count++] = host_id;
}

bool seen_needs_timer(const struct seen *seen)
{
    return seen->count > 0 && !seen->timer.loop;
}

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

void seen_write(struct seen *seen, struct change *change, const struct resident *resident,
                size_t max)
{
    size_t count = seen->count < max ? seen->count : max;
    if (count == 0)
        return;
    struct seen_work *work =
        (struct seen_work *)mem_new(sizeof(*work) + count * sizeof(work->hosts[0]));
    work->count = count;
    for (size_t i = 0; i < count; i++) {
        work->hosts[i].id = seen->ids[i];
        work->hosts[i].seen_s = resident_last_seen(resident, seen->ids[i]);
    }
    if (change_submit(change, write_hosts, work, written, work)) {
        mem_free(work); /* the queue is full: they wait on */
        return;
    }
    seen->count -= count;
    memmove(seen->ids, seen->ids + count, seen->count * sizeof(seen->ids[0]));
}
