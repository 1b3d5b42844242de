// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/exposed.h"

#include "base/log.h"
#include "base/mem.h"
#include "change/notice.h"

struct exposed_work {
    const struct post *post;
    int64_t now_s;
    size_t count;
    int64_t ids[EXPOSED_WAITING];
};

static int64_t *place_of(struct exposed *exposed, int64_t token_id)
{
    return &exposed->known[(uint64_t)token_id % EXPOSED_KNOWN];
}

static bool is_waiting(const struct exposed *exposed, int64_t token_id)
{
    for (size_t i = 0; i < exposed->count; i++)
        if (exposed->ids[i] == token_id)
            return true;
    return false;
}

/* Whoever was told once is not told again. A token that is gone by now needs no mail. */
static enum status write_token(struct store *store, const struct exposed_work *work,
                               int64_t id, struct error *err)
{
    struct token_row token;
    bool was_first = false;
    enum status status = store_token_set_exposed(store, id, work->now_s, &was_first, err);
    if (status || !was_first)
        return status;
    status = store_token_find(store, id, &token, err);
    return status ? status
                  : notice_of_token(work->post, store, POST_EXPOSED_TOKEN, &token,
                                    work->now_s, err);
}

static enum status write_tokens(struct store *store, void *ctx, struct error *err)
{
    const struct exposed_work *work = (const struct exposed_work *)ctx;
    enum status status = OK;
    for (size_t i = 0; i < work->count && !status; i++)
        status = write_token(store, work, work->ids[i], err);
    return status;
}

/* If this fails, the token is noted again when it is exposed after the next start. */
static void written(void *ctx, enum status status, const struct error *err)
{
    if (status)
        log_warning("exposed-not-written", LOG_TEXT("why", err->text));
    mem_free(ctx);
}

static void write_exposed(struct exposed *exposed)
{
    if (exposed->count == 0)
        return;
    struct exposed_work *work = NEW(struct exposed_work);
    work->post = exposed->post;
    work->now_s = clock_wall_s(loop_clock(exposed->jobs->loop));
    for (size_t i = 0; i < exposed->count; i++)
        work->ids[work->count++] = exposed->ids[i];
    if (jobs_submit(exposed->jobs, write_tokens, work, written, work)) {
        mem_free(work); /* the queue is full: they wait on */
        return;
    }
    for (size_t i = 0; i < exposed->count; i++)
        *place_of(exposed, exposed->ids[i]) = exposed->ids[i];
    exposed->count = 0;
}

static void write_waiting(void *ctx)
{
    write_exposed((struct exposed *)ctx);
}

void exposed_start(struct exposed *exposed, struct jobs *jobs, const struct post *post)
{
    exposed->post = post;
    exposed->jobs = jobs;
}

void exposed_note(struct exposed *exposed, int64_t token_id)
{
    if (*place_of(exposed, token_id) != token_id && exposed->count < EXPOSED_WAITING &&
        !is_waiting(exposed, token_id))
        exposed->ids[exposed->count++] = token_id;
    if (exposed->jobs && exposed->count > 0 && !exposed->timer.loop)
        timer_set(&exposed->timer, exposed->jobs->loop,
                  loop_now_ms(exposed->jobs->loop) + EXPOSED_PERIOD_MS, write_waiting,
                  exposed);
}

void exposed_stop(struct exposed *exposed)
{
    timer_stop(&exposed->timer);
    write_exposed(exposed);
    exposed->jobs = NULL;
}
