// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/outages.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/tables.h"

/* "TIME FROM-UNTIL FROM-UNTIL ...": until when we were there, and the outages before. */
static const char setting[] = "outages";

enum {
    TEXT_SIZE = 32 + HEARTBEAT_OUTAGES_MAX * 48
};

struct outages_work {
    char text[TEXT_SIZE];
};

static int64_t now_s(const struct outages *outages)
{
    return clock_wall_s(loop_clock(outages->jobs->loop));
}

static int64_t now_ms(const struct outages *outages)
{
    return clock_steady_ms(loop_clock(outages->jobs->loop));
}

/* ----- what stands in the database ----- */

static bool take_time(struct str text, int64_t *out)
{
    uint64_t number = 0;
    if (text.n == 0 || str_to_u64(text, INT64_MAX, &number))
        return false;
    *out = (int64_t)number;
    return true;
}

/* What cannot be read is passed over. */
static int64_t take_text(struct outages *outages, struct str text)
{
    struct str piece;
    int64_t time_s = 0;
    if (!str_next(&text, ' ', &piece) || !take_time(piece, &time_s))
        return 0;
    while (str_next(&text, ' ', &piece)) {
        struct heartbeat_outage one;
        size_t dash = str_find(piece, '-');
        if (take_time(str_first(piece, dash), &one.from_s) &&
            take_time(str_from_at(piece, dash + 1), &one.until_s))
            heartbeat_add_outage(&outages->known, one);
    }
    return time_s;
}

static enum status write_text(struct store *store, void *ctx, struct error *err)
{
    const struct outages_work *work = (const struct outages_work *)ctx;
    return store_setting_put(store, setting, str_from(work->text), err);
}

static void written(void *ctx, enum status status, const struct error *err)
{
    if (status)
        log_warning("outages-not-written", LOG_TEXT("why", err->text));
    mem_free(ctx);
}

static void write_all(struct outages *outages)
{
    struct outages_work *work = NEW(struct outages_work);
    struct buf text = BUF_ON(work->text);
    buf_printf(&text, "%" PRId64, outages->tick_s);
    for (size_t i = 0; i < outages->known.count; i++)
        buf_printf(&text, " %" PRId64 "-%" PRId64, outages->known.list[i].from_s,
                   outages->known.list[i].until_s);
    (void)buf_text(&text);
    outages->written_s = outages->tick_s;
    if (jobs_submit(outages->jobs, write_text, work, written, work))
        mem_free(work);
}

/* ----- the calls ----- */

void outages_add(struct outages *outages, int64_t from_s, int64_t until_s)
{
    if (until_s - from_s < OUTAGES_SHORT_S)
        return;
    heartbeat_add_outage(&outages->known, (struct heartbeat_outage){ from_s, until_s });
    resident_learn_from(outages->resident, until_s);
    log_info("nobody-could-call", LOG_NUMBER("seconds", until_s - from_s));
}

static void tick(struct outages *outages)
{
    int64_t time_s = now_s(outages), time_ms = now_ms(outages);
    int64_t passed_s = (time_ms - outages->tick_ms) / 1000;
    int64_t jumped_s = time_s - outages->tick_s - passed_s;
    if (passed_s > OUTAGES_HUNG_S)
        outages_add(outages, outages->tick_s, time_s);
    else
        outages_add(outages, time_s - jumped_s, time_s);
    outages->tick_s = time_s;
    outages->tick_ms = time_ms;
    if (time_s - outages->written_s >= OUTAGES_WRITTEN_S || time_s < outages->written_s)
        write_all(outages);
}

static void set_timer(struct outages *outages);

static void on_timer(void *ctx)
{
    struct outages *outages = (struct outages *)ctx;
    tick(outages);
    set_timer(outages);
}

static void set_timer(struct outages *outages)
{
    struct loop *loop = outages->jobs->loop;
    timer_set(&outages->timer, loop, loop_now_ms(loop) + OUTAGES_TICK_MS, on_timer,
              outages);
}

void outages_start(struct outages *outages, struct jobs *jobs, struct resident *resident,
                   struct store *reader)
{
    char storage[TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    *outages = (struct outages){ .jobs = jobs, .resident = resident };
    outages->tick_s = now_s(outages);
    outages->tick_ms = now_ms(outages);
    resident_learn_from(resident, outages->tick_s);
    set_timer(outages);
    if (store_setting_get(reader, setting, &text, NULL))
        return;
    int64_t there_s = take_text(outages, buf_str(&text));
    if (there_s)
        outages_add(outages, there_s, outages->tick_s);
}

void outages_stop(struct outages *outages)
{
    if (!outages->jobs)
        return;
    timer_stop(&outages->timer);
    tick(outages);
    write_all(outages);
    outages->jobs = NULL;
}
