// SPDX-License-Identifier: GPL-3.0-or-later
/* loop.h - one event loop on one thread: descriptors, timers, wake-ups, signals.
 *
 * Watches, timers and wakes live in the storage of their owner, which stops them before it
 * goes away. A callback may stop or change any of them, itself included: an event that was
 * already fetched for a stopped watch is not delivered. Level-triggered. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

struct loop;

/* Never NULL: without an epoll descriptor the process ends. */
struct loop *loop_new(const struct clock *clock);
void loop_free(struct loop *loop);
CLEANER(loop_free, struct loop *)

/* Runs until loop_stop(). */
void loop_run(struct loop *loop);
/* One round: waits at most `wait_ms` (-1: no limit) and delivers. For tests. */
void loop_turn(struct loop *loop, int wait_ms);
void loop_stop(struct loop *loop);
/* Steady milliseconds, read once per round. */
int64_t loop_now_ms(const struct loop *loop);
const struct clock *loop_clock(const struct loop *loop);

/* `events` is a set of EPOLLIN, EPOLLOUT; EPOLLERR and EPOLLHUP always come. */
typedef void (*watch_fn)(void *ctx, uint32_t events);
struct watch {
    struct loop *loop; /* NULL: not watching */
    int fd;
    watch_fn fn;
    void *ctx;
    bool late;     /* set before watch_start(): delivered after the others of a round;
                          for listeners, as accepting may evict a connection */
    unsigned slot; /* the loop's */
};
void watch_start(struct watch *watch, struct loop *loop, int fd, uint32_t events,
                 watch_fn fn, void *ctx);
void watch_change(struct watch *watch, uint32_t events);
/* Does not close the descriptor. A watch that is not watching is fine. */
void watch_stop(struct watch *watch);
/* The same for a descriptor that is closed at once: closing the last one of a file ends the
 * kernel's interest too, and a system call is saved. Only where it has no duplicates. */
void watch_forget(struct watch *watch);

typedef void (*timer_fn)(void *ctx);
struct timer {
    struct loop *loop; /* NULL: not set */
    int64_t at_ms;
    timer_fn fn;
    void *ctx;
    size_t place;   /* the loop's, */
    uint64_t order; /* this too */
};
/* Calls fn once, not before `at_ms` (see loop_now_ms); setting again moves it. */
void timer_set(struct timer *timer, struct loop *loop, int64_t at_ms, timer_fn fn,
               void *ctx);
void timer_stop(struct timer *timer);

/* Lets another thread make the loop call fn soon; several sends may become one call. */
struct wake {
    struct watch watch;
    int fd;
    timer_fn fn;
    void *ctx;
};
MUST_CHECK enum status wake_start(struct wake *wake, struct loop *loop, timer_fn fn,
                                  void *ctx, struct error *err);
/* Thread-safe and async-signal-safe. */
void wake_send(struct wake *wake);
void wake_stop(struct wake *wake);

/* From now on the signals of loop_signals() wait until it is called: for the first thing in a
 * main, so that none of them ends a process that is still starting. loop_free() lets them go. */
void loop_hold_signals(void);
/* Blocks SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR2 and delivers them as calls. SIGPIPE is ignored. A process
 * that was started to end with its parent (process.h) gets SIGTERM when he has ended, whoever
 * both are. */
typedef void (*signal_fn)(void *ctx, int signal_number);
MUST_CHECK enum status loop_signals(struct loop *loop, signal_fn fn, void *ctx,
                                    struct error *err);
