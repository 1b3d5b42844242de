// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/turns.h"

#include <sys/queue.h>

#include "base/mem.h"
#include "net/loop.h"

struct turning {
    struct rest_turns *turns;
    struct rest_job *job;
    int64_t account_id;
    rest_turn_fn turn;
    void (*done)(void *ctx);
    void *ctx;
    struct timer timer;
    LIST_ENTRY(turning) links;
};

struct rest_turns {
    struct rest *rest;
    LIST_HEAD(turning_list, turning) all;
};

static void end(struct turning *turning, enum status status, const struct error *err)
{
    struct rest_job *job = turning->job;
    timer_stop(&turning->timer);
    LIST_REMOVE(turning, links);
    turning->done(turning->ctx);
    mem_free(turning);
    rest_job_end(job, status, err);
}

static void take_turn(void *ctx)
{
    struct turning *turning = (struct turning *)ctx;
    const struct rest *rest = turning->turns->rest;
    struct error err = { "" };
    bool more = false;
    enum status status = OK;
    if (change_has_failed(rest->change))
        status = FAIL(&err, ERR_BUSY, "a commit has failed");
    else
        status = turning->turn(turning->ctx, rest_job_call(turning->job), &more, &err);
    if (status || !more)
        end(turning, status, &err);
    else
        timer_set(&turning->timer, rest->loop, loop_now_ms(rest->loop), take_turn,
                  turning);
}

struct rest_turns *rest_turns_new(struct rest *rest)
{
    struct rest_turns *turns = NEW(struct rest_turns);
    turns->rest = rest;
    LIST_INIT(&turns->all);
    return turns;
}

void rest_turns_free(struct rest_turns *turns)
{
    if (!turns)
        return;
    for (struct turning *turning; (turning = LIST_FIRST(&turns->all));)
        end(turning, ERR_BUSY, &(struct error){ "the service ends" });
    mem_free(turns);
}

static bool is_free(const struct rest_turns *turns, int64_t account_id)
{
    size_t count = 0, own = 0;
    const struct turning *turning = NULL;
    LIST_FOREACH(turning, &turns->all, links)
    {
        count++;
        own += turning->account_id == account_id;
    }
    return count < TURNS_MAX && own < TURNS_OF_ACCOUNT;
}

void rest_turns_run(struct rest_job *job, rest_turn_fn turn, void (*done)(void *ctx),
                    void *ctx)
{
    const struct rest_call *call = rest_job_call(job);
    struct rest_turns *turns = call->rest->turns;
    int64_t account_id = call->admin.actor.account_id;
    if (!is_free(turns, account_id)) {
        done(ctx);
        rest_job_end(job, ERR_BUSY,
                     &(struct error){ "too many requests of this kind are under way" });
        return;
    }
    struct turning *turning = NEW(struct turning);
    *turning = (struct turning){ .turns = turns,
                                 .job = job,
                                 .account_id = account_id,
                                 .turn = turn,
                                 .done = done,
                                 .ctx = ctx };
    LIST_INSERT_HEAD(&turns->all, turning, links);
    timer_set(&turning->timer, turns->rest->loop, loop_now_ms(turns->rest->loop),
              take_turn, turning);
}
