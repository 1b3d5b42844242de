// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/awaited.h"

#include "base/mem.h"
#include "dns/record.h"
#include "publish/notify.h"

void awaited_init(struct awaited *awaited, void (*answer)(void *ctx, int64_t number),
                  void *ctx)
{
    *awaited = (struct awaited){ .answer = answer, .ctx = ctx };
    TAILQ_INIT(&awaited->questions);
}

static void forget(struct awaited *awaited, struct awaited_question *question)
{
    TAILQ_REMOVE(&awaited->questions, question, links);
    awaited->count--;
    mem_free(question);
}

void awaited_done(struct awaited *awaited)
{
    while (awaited->count > 0)
        forget(awaited, TAILQ_FIRST(&awaited->questions));
}

/* Unless it is the only one. */
static void forget_newest_of(struct awaited *awaited, uint32_t zone)
{
    struct awaited_question *question = NULL, *newest = NULL;
    size_t count = 0;
    TAILQ_FOREACH(question, &awaited->questions, links)
    {
        if (question->zone != zone)
            continue;
        newest = question;
        count++;
    }
    if (count > 1)
        forget(awaited, newest);
}

void awaited_add(struct awaited *awaited, const struct awaited_question *question)
{
    if (awaited->is_for_all_before)
        forget_newest_of(awaited, question->zone);
    if (awaited->count == NOTIFY_AWAITED_MAX)
        forget(awaited, TAILQ_FIRST(&awaited->questions));
    struct awaited_question *copy = NEW(struct awaited_question);
    *copy = *question;
    TAILQ_INSERT_TAIL(&awaited->questions, copy, links);
    awaited->count++;
}

static bool is_about(const struct awaited_question *question, uint32_t zone,
                     uint32_t serial)
{
    return question->zone == zone && !serial_is_newer(question->serial, serial);
}

void awaited_catch_up(struct awaited *awaited, size_t secondary, uint32_t zone,
                      uint32_t serial)
{
    struct awaited_question *question = NULL;
    for (struct awaited_question *next = TAILQ_FIRST(&awaited->questions);
         (question = next);) {
        next = TAILQ_NEXT(question, links);
        if (!is_about(question, zone, serial))
            continue;
        question->lacking &= ~(1ULL << secondary);
        if (question->lacking)
            continue;
        int64_t number = question->number;
        forget(awaited, question);
        awaited->answer(awaited->ctx, number);
    }
}

bool awaited_lacks(const struct awaited *awaited, size_t secondary, uint32_t zone)
{
    const struct awaited_question *question = NULL;
    TAILQ_FOREACH(question, &awaited->questions, links)
    if (question->zone == zone && (question->lacking & (1ULL << secondary)))
        return true;
    return false;
}
