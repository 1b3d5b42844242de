// SPDX-License-Identifier: GPL-3.0-or-later
/* transfer_turns.h - decides which transfers go on, and which wait for their turn. For tcp.c.
 *
 * At most TURNS_MAX transfers go on at a time, and TURNS_OF_SOURCE for one source (an IPv4 address
 * or an IPv6 /64). A further one waits until another ends, but not longer than TURNS_WAIT_MS. The
 * next one is that whose source has the fewest transfers; of several the one that came first.
 *
 * If one waits, a transfer whose reader is too slow (TURNS_SLOW_RATE) is set aside: it goes on, but
 * does not count any more. When too many are set aside, the slowest of them is ended. */
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
    TURNS_ASIDE = 32, /* so many may be set aside */
    TURNS_WAIT_MS = 60000,
    /* Bytes in a millisecond, averaged over TURNS_SLOW_MS at least. */
    TURNS_SLOW_RATE = 64,
    TURNS_SLOW_MS = 2000,
};

enum turn_state {
    TURN_NONE,
    TURN_WAITING,
    TURN_GOING,
    TURN_ASIDE,
};

enum turn_word {
    TURN_COMES,  /* the transfer may begin */
    TURN_NEVER,  /* it has waited for too long */
    TURN_IS_OUT, /* its reader is too slow: the transfer must end */
};

struct turn;
/* Is called from the loop. After TURN_COMES the turn lasts until turn_end(). With the others it has
 * ended already. */
typedef void (*turn_fn)(void *ctx, enum turn_word word);

struct turns {
    struct loop *loop;
    /* All turns that are not TURN_NONE, in their order. */
    TAILQ_HEAD(turn_list, turn) list;
    size_t waiting, going, aside;
    struct timer timer;
};
void turns_init(struct turns *turns, struct loop *loop);
/* All turns must have ended. */
void turns_done(struct turns *turns);

/* The turn of one transfer. It is in its user's storage, and begins as zeros. */
struct turn {
    enum turn_state state;
    struct turns *turns;
    TAILQ_ENTRY(turn) links;
    struct ip source;
    int64_t since_ms; /* when it began to wait, or when `bytes` began to be counted */
    uint64_t bytes;   /* that the reader has taken since then */
    turn_fn fn;
    void *ctx;
};

/* Asks for a turn. `fn` is called later, never from here. */
void turn_ask(struct turn *turn, struct turns *turns, struct ip source, turn_fn fn,
              void *ctx);
/* Counts bytes that the reader has taken. It may have no turn. */
void turn_count(struct turn *turn, size_t bytes);
/* Ends the turn, or the wait for it, if there is one. */
void turn_end(struct turn *turn);

/* Whether both addresses belong to one source. */
bool turn_is_same_source(struct ip a, struct ip b);
