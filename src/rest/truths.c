// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/truths.h"

#include <sys/queue.h>

#include "base/mem.h"

enum {
    NUMBER_BITS = 20 /* more than there are questions in a second */
};

struct waiting {
    TAILQ_ENTRY(waiting) links;
    int64_t number, until_ms;
    truth_fn fn;
    void *ctx;
};

struct truths {
    struct truths_options options;
    TAILQ_HEAD(waiting_list, waiting) list; /* in the order of arrival */
    size_t count;
    int64_t number;
    struct timer timer;
};

static void on_time(void *ctx);

static void set_timer(struct truths *truths)
{
    const struct waiting *first = TAILQ_FIRST(&truths->list);
    if (first)
        timer_set(&truths->timer, truths->options.loop, first->until_ms, on_time, truths);
    else
        timer_stop(&truths->timer);
}

static void end(struct truths *truths, struct waiting *waiting, const struct json *seen)
{
    TAILQ_REMOVE(&truths->list, waiting, links);
    truths->count--;
    waiting->fn(waiting->ctx, seen);
    mem_free(waiting);
}

static void on_time(void *ctx)
{
    struct truths *truths = (struct truths *)ctx;
    int64_t now_ms = loop_now_ms(truths->options.loop);
    struct waiting *first = NULL;
    while ((first = TAILQ_FIRST(&truths->list)) && first->until_ms <= now_ms)
        end(truths, first, NULL);
    set_timer(truths);
}

void truths_ask(struct truths *truths, const struct truth_question *question, truth_fn fn,
                void *ctx)
{
    struct truth_question numbered = *question;
    numbered.number = ++truths->number;
    if (truths->count == TRUTHS_MAX || !truths->options.ask ||
        !truths->options.ask(truths->options.ctx, &numbered)) {
        fn(ctx, NULL);
        return;
    }
    struct waiting *waiting = NEW(struct waiting);
    *waiting =
        (struct waiting){ .number = numbered.number,
                          .until_ms = loop_now_ms(truths->options.loop) + TRUTHS_WAIT_MS,
                          .fn = fn,
                          .ctx = ctx };
    TAILQ_INSERT_TAIL(&truths->list, waiting, links);
    truths->count++;
    set_timer(truths);
}

void truths_take(struct truths *truths, int64_t number, const struct json *seen)
{
    struct waiting *waiting = TAILQ_FIRST(&truths->list);
    while (waiting && waiting->number != number)
        waiting = TAILQ_NEXT(waiting, links);
    if (!waiting)
        return;
    end(truths, waiting, seen);
    set_timer(truths);
}

struct truths *truths_new(const struct truths_options *options)
{
    struct truths *truths = NEW(struct truths);
    truths->options = *options;
    TAILQ_INIT(&truths->list);
    /* Not those of an earlier process, whose questions may still get their answers. */
    truths->number = clock_wall_s(options->clock) << NUMBER_BITS;
    return truths;
}

void truths_free(struct truths *truths)
{
    if (!truths)
        return;
    while (!TAILQ_EMPTY(&truths->list))
        end(truths, TAILQ_FIRST(&truths->list), NULL);
    timer_stop(&truths->timer);
    mem_free(truths);
}
