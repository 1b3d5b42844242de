// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/periodic_sync.h"

#include "base/mem.h"

enum {
    DELAY_MS = 5000, /* from the first change on */
    REST_FACTOR = 20 /* times as long as it took */
};

void steady_changed(struct steady *steady, int64_t now_ms)
{
    if (steady->due_ms == 0)
        steady->due_ms = now_ms + DELAY_MS;
}

void steady_work(struct steady *steady, int64_t now_ms, int first, int second)
{
    enum status status = OK;
    if (steady->flush && flush_has_ended(steady->flush, &status, NULL)) {
        steady->rest_ms = (now_ms - steady->from_ms) * REST_FACTOR;
        flush_free(TAKE(steady->flush));
    }
    if (steady->flush || steady->due_ms == 0 || now_ms < steady->due_ms ||
        now_ms < steady->from_ms + steady->rest_ms)
        return;
    steady->due_ms = 0;
    steady->from_ms = now_ms;
    steady->flush = flush_new(first, second);
}

void steady_done(struct steady *steady)
{
    flush_free(TAKE(steady->flush));
}
