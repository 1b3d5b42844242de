// SPDX-License-Identifier: GPL-3.0-or-later
/* turns.h - whose transfer goes on now, and who waits. For tcp.c.
 *
 * TURNS_MAX transfers go on at a time, TURNS_OF_SOURCE of them for one source (an IPv4 address
 * or an IPv6 /64). Who wants one more waits, until one ends, and no longer than TURNS_WAIT_MS. Of
 * those that wait, the one whose source has the fewest transfers is next, then the one that
 * came first.
 *
 * While somebody waits, a transfer that its reader takes too slowly (TURNS_SLOW_RATE) is set
 * aside: it goes on, and counts no more. When there are too many of those, the slowest is
 * ended. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/ip.h"
#include "net/loop.h"

enum {
    TURNS_MAX = 32,
    TURNS_OF_SOURCE = 24,
    TURNS_ASIDE = 32,
    TURNS_WAIT_MS = 60000,
    TURNS_SLOW_RATE = 64, /* bytes in a millisecond, on the average of */
    TURNS_SLOW_MS = 2000, /* so long at the least */
};

enum turn_state {
    TURN_NONE,
    TURN_WAITING,
    TURN_GOING,
    TURN_ASIDE,
};

enum turn_word {
    TURN_COMES,  /* begin */
    TURN_NEVER,  /* it was waited for too long */
    TURN_IS_OUT, /* the reader is too slow: end the transfer */
};

struct turn;
/* Called from the loop. After TURN_COMES the turn is held until turn_end(); after the others it
 * has ended already. */
typedef void (*turn_fn)(void *ctx, enum turn_word word);

struct turns {
    struct loop *loop;
    TAILQ_HEAD(turn_list, turn)
    list; /* all turns that are not TURN_NONE, in their order */
    size_t waiting, going, aside;
    struct timer timer;
};
void turns_init(struct turns *turns, struct loop *loop);
/* All turns have ended. */
void turns_done(struct turns *turns);

/* In its user's storage; begins as zeros. */
struct turn {
    enum turn_state state;
    struct turns *turns;
    TAILQ_ENTRY(turn) links;
    struct ip source;
    int64_t since_ms; /* it waits, or `bytes` are counted */
    uint64_t bytes;   /* taken since then */
    turn_fn fn;
    void *ctx;
};

/* Wants one. `fn` is called later, never from here. */
void turn_ask(struct turn *turn, struct turns *turns, struct ip source, turn_fn fn,
              void *ctx);
/* The reader took so many bytes; fine without a turn. */
void turn_count(struct turn *turn, size_t bytes);
/* Fine without a turn. */
void turn_end(struct turn *turn);

bool turn_is_same_source(struct ip a, struct ip b);
