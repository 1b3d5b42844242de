// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/periodic_sync.h"

#include "base/mem.h"

enum {
    DELAY_MS = 5000,  /* from the first change on */
    PAUSE_FACTOR = 20 /* the pause is so many times as long as the last sync took */
};

void periodic_sync_changed(struct periodic_sync *sync, int64_t now_ms)
{
    if (sync->due_ms == 0)
        sync->due_ms = now_ms + DELAY_MS;
}

void periodic_sync_work(struct periodic_sync *sync, int64_t now_ms, int first, int second)
{
    enum status status = OK;
    if (sync->flush && flush_has_ended(sync->flush, &status, NULL)) {
        sync->pause_ms = (now_ms - sync->from_ms) * PAUSE_FACTOR;
        flush_free(TAKE(sync->flush));
    }
    if (sync->flush || sync->due_ms == 0 || now_ms < sync->due_ms ||
        now_ms < sync->from_ms + sync->pause_ms)
        return;
    sync->due_ms = 0;
    sync->from_ms = now_ms;
    sync->flush = flush_new(first, second);
}

void periodic_sync_done(struct periodic_sync *sync)
{
    flush_free(TAKE(sync->flush));
}
