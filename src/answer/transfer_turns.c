// SPDX-License-Identifier: GPL-3.0-or-later
/* A timer gives the turns, only some in each round of the loop: to begin a transfer may mean to
 * read a zone, and questions need their part of each round. */
#include "answer/transfer_turns.h"

#include <assert.h>
#include <string.h>

enum {
    SOURCE_BYTES_V6 = 8,
    ROUND_MS = 2, /* time for turns in one round; the last one may take longer */
    ROUND_MAX = 16,
    LOOK_MS = 250, /* until the next look for slow readers, while a transfer waits */
};

bool turn_is_same_source(struct ip a, struct ip b)
{
    if (a.family == IP_V6 && b.family == IP_V6)
        return memcmp(a.bytes, b.bytes, SOURCE_BYTES_V6) == 0;
    return ip_equal(a, b);
}

static size_t *count_of(struct turns *turns, enum turn_state state)
{
    switch (state) {
    case TURN_WAITING:
        return &turns->waiting;
    case TURN_GOING:
        return &turns->going;
    case TURN_ASIDE:
        return &turns->aside;
    case TURN_NONE:
        break;
    }
    return NULL;
}

static void set_state(struct turn *turn, enum turn_state state)
{
    size_t *before = count_of(turn->turns, turn->state);
    size_t *after = count_of(turn->turns, state);
    if (before)
        --*before;
    if (after)
        ++*after;
    turn->state = state;
}

/* ----- the next turn ----- */

static size_t going_of(const struct turns *turns, struct ip source)
{
    size_t count = 0;
    for (const struct turn *at = TAILQ_FIRST(&turns->list); at;
         at = TAILQ_NEXT(at, links))
        count += at->state == TURN_GOING && turn_is_same_source(at->source, source);
    return count;
}

/* The next one that may go on; NULL: none. */
static struct turn *find_next(const struct turns *turns)
{
    struct turn *next = NULL;
    size_t least = TURNS_OF_SOURCE;
    if (turns->going >= TURNS_MAX)
        return NULL;
    for (struct turn *at = TAILQ_FIRST(&turns->list); at && least > 0;
         at = TAILQ_NEXT(at, links)) {
        size_t count =
            at->state == TURN_WAITING ? going_of(turns, at->source) : TURNS_OF_SOURCE;
        if (count < least) {
            least = count;
            next = at;
        }
    }
    return next;
}

static void tell(struct turn *turn, enum turn_word word)
{
    turn->fn(turn->ctx, word);
}

/* Refuses those that have waited for too long. The one that has waited for longest comes first. */
static void refuse_old(struct turns *turns, int64_t now_ms)
{
    for (struct turn *at = TAILQ_FIRST(&turns->list); at; at = TAILQ_NEXT(at, links)) {
        if (at->state != TURN_WAITING || now_ms - at->since_ms < TURNS_WAIT_MS)
            continue;
        turn_end(at);
        tell(at, TURN_NEVER);
        return; /* the callback may have ended others, too */
    }
}

/* ----- slow readers ----- */

static int64_t age_of(const struct turn *turn, int64_t now_ms)
{
    return now_ms > turn->since_ms ? now_ms - turn->since_ms : 1;
}

/* Whether the reader is too slow. The count begins again each time, as what the socket took at the
 * beginning tells nothing about the reader. */
static bool is_slow(struct turn *turn, int64_t now_ms)
{
    int64_t age_ms = age_of(turn, now_ms);
    if (age_ms < TURNS_SLOW_MS)
        return false;
    if (turn->bytes < (uint64_t)age_ms * TURNS_SLOW_RATE)
        return true;
    turn->since_ms = now_ms;
    turn->bytes = 0;
    return false;
}

static struct turn *find_slowest_aside(const struct turns *turns, int64_t now_ms)
{
    struct turn *slowest = NULL;
    uint64_t least = 0;
    for (struct turn *at = TAILQ_FIRST(&turns->list); at; at = TAILQ_NEXT(at, links)) {
        uint64_t rate = at->bytes / (uint64_t)age_of(at, now_ms);
        if (at->state == TURN_ASIDE && (!slowest || rate < least)) {
            slowest = at;
            least = rate;
        }
    }
    return slowest;
}

static void set_slow_aside(struct turns *turns, int64_t now_ms)
{
    for (struct turn *at = TAILQ_FIRST(&turns->list); at; at = TAILQ_NEXT(at, links))
        if (at->state == TURN_GOING && is_slow(at, now_ms))
            set_state(at, TURN_ASIDE);
    while (turns->aside > TURNS_ASIDE) {
        struct turn *slowest = find_slowest_aside(turns, now_ms);
        turn_end(slowest);
        tell(slowest, TURN_IS_OUT);
    }
}

/* ----- rounds ----- */

static void on_timer(void *ctx);

static void set_timer(struct turns *turns, int64_t in_ms)
{
    timer_set(&turns->timer, turns->loop, loop_now_ms(turns->loop) + in_ms, on_timer,
              turns);
}

static void on_timer(void *ctx)
{
    struct turns *turns = (struct turns *)ctx;
    const struct clock *clock = loop_clock(turns->loop);
    int64_t now_ms = clock_steady_ms(clock);
    struct turn *next = NULL;
    int given = 0;
    refuse_old(turns, now_ms);
    if (turns->waiting > 0)
        set_slow_aside(turns, now_ms);
    while (given < ROUND_MAX && clock_steady_ms(clock) - now_ms < ROUND_MS &&
           (next = find_next(turns))) {
        set_state(next, TURN_GOING);
        next->since_ms = now_ms;
        given++;
        tell(next, TURN_COMES);
    }
    if (turns->waiting > 0)
        set_timer(turns, find_next(turns) ? 0 : LOOK_MS);
}

/* ----- for transfers ----- */

void turn_ask(struct turn *turn, struct turns *turns, struct ip source, turn_fn fn,
              void *ctx)
{
    assert(turn->state == TURN_NONE);
    *turn = (struct turn){ .turns = turns,
                           .source = source,
                           .since_ms = clock_steady_ms(loop_clock(turns->loop)),
                           .fn = fn,
                           .ctx = ctx };
    TAILQ_INSERT_TAIL(&turns->list, turn, links);
    set_state(turn, TURN_WAITING);
    set_timer(turns, 0);
}

void turn_count(struct turn *turn, size_t bytes)
{
    turn->bytes += bytes;
}

void turn_end(struct turn *turn)
{
    struct turns *turns = turn->turns;
    if (turn->state == TURN_NONE)
        return;
    set_state(turn, TURN_NONE);
    TAILQ_REMOVE(&turns->list, turn, links);
    if (turns->waiting > 0)
        set_timer(turns, 0);
}

void turns_init(struct turns *turns, struct loop *loop)
{
    *turns = (struct turns){ .loop = loop };
    TAILQ_INIT(&turns->list);
}

void turns_done(struct turns *turns)
{
    assert(TAILQ_EMPTY(&turns->list));
    timer_stop(&turns->timer);
}
