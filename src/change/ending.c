// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/ending.h"

#include "base/log.h"
#include "base/mem.h"
#include "change/admin.h"

struct ending_work {
    struct ending *ending;
    const struct post *post;
    int64_t now_s;
    enum admin_ending result;
};

static enum status do_piece(struct store *store, void *ctx, struct error *err)
{
    struct ending_work *work = (struct ending_work *)ctx;
    const struct admin admin = { .store = store,
                                 .now_s = work->now_s,
                                 .post = work->post };
    return admin_ending_go_on(&admin, &work->result, err);
}

static void run_piece(void *ctx);

static void set_timer(struct ending *ending, int64_t in_ms)
{
    timer_set(&ending->timer, ending->jobs->loop, loop_now_ms(ending->jobs->loop) + in_ms,
              run_piece, ending);
}

static void done(void *ctx, enum status status, const struct error *err)
{
    struct ending_work *work = (struct ending_work *)ctx;
    struct ending *ending = work->ending;
    bool more = work->result == ENDING_MORE || ending->is_wanted;
    bool stuck = status || work->result == ENDING_STUCK;
    mem_free(work);
    ending->is_running = false;
    if (stuck)
        log_warning(
            "account-not-removed",
            LOG_TEXT("why", status ? err->text : "others have hosts in its zone"));
    if (ending->jobs && stuck)
        set_timer(ending, ENDING_PERIOD_MS);
    else if (ending->jobs && more)
        set_timer(ending, 0);
}

static void run_piece(void *ctx)
{
    struct ending *ending = (struct ending *)ctx;
    struct ending_row row;
    ending->is_wanted = false;
    if (store_ending_first(ending->reader, &row, NULL) == ERR_NOT_FOUND)
        return;
    struct ending_work *work = NEW(struct ending_work);
    *work = (struct ending_work){ .ending = ending,
                                  .post = ending->post,
                                  .now_s = clock_wall_s(loop_clock(ending->jobs->loop)) };
    if (jobs_submit(ending->jobs, do_piece, work, done, work) == OK) {
        ending->is_running = true;
        return;
    }
    mem_free(work); /* the queue is full */
    set_timer(ending, ENDING_PERIOD_MS);
}

void ending_start(struct ending *ending, struct jobs *jobs, struct store *reader,
                  const struct post *post)
{
    *ending = (struct ending){ .jobs = jobs, .reader = reader, .post = post };
    set_timer(ending, 0);
}

void ending_go_on(struct ending *ending)
{
    ending->is_wanted = true;
    if (ending->jobs && !ending->is_running)
        set_timer(ending, 0);
}

void ending_stop(struct ending *ending)
{
    timer_stop(&ending->timer);
    ending->jobs = NULL;
}
