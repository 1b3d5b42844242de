// SPDX-License-Identifier: GPL-3.0-or-later
/* loop.h - one event loop on one thread: descriptors, timers, wake-ups, signals.
 *
 * Watches, timers and wakes are in the storage of their owner, which stops them before it goes
 * away. A callback may stop or change any of them, including its own. A watch that is stopped gets
 * no event that was fetched before. Events are level-triggered. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

struct loop;

/* Never NULL. The process ends if it gets no epoll descriptor. */
struct loop *loop_new(const struct clock *clock);
void loop_free(struct loop *loop);
CLEANER(loop_free, struct loop *)

/* Runs until loop_stop(). */
void loop_run(struct loop *loop);
/* One round: waits at most `wait_ms` (-1: no limit) and delivers what has come. For tests. */
void loop_turn(struct loop *loop, int wait_ms);
void loop_stop(struct loop *loop);
/* Milliseconds of a steady clock, which is read once for each round. */
int64_t loop_now_ms(const struct loop *loop);
const struct clock *loop_clock(const struct loop *loop);

/* `events` is a set of EPOLLIN and EPOLLOUT. EPOLLERR and EPOLLHUP are always delivered. */
typedef void (*watch_fn)(void *ctx, uint32_t events);
struct watch {
    struct loop *loop; /* NULL: not watching */
    int fd;
    watch_fn fn;
    void *ctx;
    /* Delivered after the other watches of a round. Set it before watch_start(). For listeners,
     * since to accept a connection may mean to close another one. */
    bool late;
    unsigned slot; /* only for loop.c */
};
void watch_start(struct watch *watch, struct loop *loop, int fd, uint32_t events,
                 watch_fn fn, void *ctx);
void watch_change(struct watch *watch, uint32_t events);
/* Does not close the descriptor. A watch that is not watching is fine. */
void watch_stop(struct watch *watch);
/* Stops the watch, and saves a system call, when the caller closes the descriptor at once: the
 * kernel forgets a file when its last descriptor is closed. Only for a descriptor without
 * duplicates. */
void watch_forget(struct watch *watch);

typedef void (*timer_fn)(void *ctx);
struct timer {
    struct loop *loop; /* NULL: not set */
    int64_t at_ms;
    timer_fn fn;
    void *ctx;
    size_t place;   /* only for loop.c */
    uint64_t order; /* only for loop.c */
};
/* Calls fn once, not before `at_ms` (see loop_now_ms()). A timer that is set already is moved. */
void timer_set(struct timer *timer, struct loop *loop, int64_t at_ms, timer_fn fn,
               void *ctx);
/* A timer that is not set is fine. */
void timer_stop(struct timer *timer);

/* Lets another thread make the loop call fn soon. Several sends may lead to one call. */
struct wake {
    struct watch watch;
    int fd;
    timer_fn fn;
    void *ctx;
};
/* ERR_IO. */
MUST_CHECK enum status wake_start(struct wake *wake, struct loop *loop, timer_fn fn,
                                  void *ctx, struct error *err);
/* Thread-safe and async-signal-safe. */
void wake_send(struct wake *wake);
void wake_stop(struct wake *wake);

/* Makes the signals of loop_signals() wait until that is called. Call it first in main(), so that
 * none of them ends a process that is still starting. loop_free() releases them. */
void loop_hold_signals(void);
/* Blocks SIGINT, SIGTERM, SIGHUP, SIGCHLD and SIGUSR2, and delivers them as calls. Ignores SIGPIPE.
 * If the process was started to end with its parent (process.h), it gets SIGTERM when the parent
 * has ended, whatever the users of both are. ERR_IO. */
typedef void (*signal_fn)(void *ctx, int signal_number);
MUST_CHECK enum status loop_signals(struct loop *loop, signal_fn fn, void *ctx,
                                    struct error *err);
