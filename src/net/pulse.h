// SPDX-License-Identifier: GPL-3.0-or-later
/* pulse.h - how a process shows its watcher that all its loops turn.
 *
 * Each loop of the process has a timer that counts. The timer of the first loop looks at the other
 * counts. If each has grown since it looked last, it gives a beat, PULSE_BEATS times within
 * `limit_ms`. The watcher counts beats that did not come, and measures no time. So a machine that
 * slept, or was stopped, does not make a process look hung. There are three possible watchers:
 *
 * - Our parent, which handed us an eventfd (inherit.h): a beat writes a 1 there. The parent hands
 *   us its limit, since we may have read a configuration that it does not know yet.
 * - systemd, if NOTIFY_SOCKET and WATCHDOG_USEC are set: it gets READY=1, then WATCHDOG=1.
 * - Otherwise the kernel: without beats SIGALRM ends the process, after a line in the log, and any
 *   supervisor can start it again. This does not notice a process that was stopped (SIGSTOP). */
#pragma once

#include "net/loop.h"

enum {
    PULSE_BEATS = 6 /* within the limit */
};

struct pulse;

struct pulse_options {
    struct loop *loop; /* the first loop */
    const char *name;  /* of the process, for log and faults; kept */
    /* 0: no watcher is needed. The limit of a parent or of systemd has priority. */
    int64_t limit_ms;
};

/* Connects to NOTIFY_SOCKET, before a sandbox forbids it. Without this call pulse_start() does. */
void pulse_connect(void);
/* Begins, and reports that the process is ready. In builds for tests the fault "hang.NAME" makes
 * the loop hang at the n-th beat. */
struct pulse *pulse_start(const struct pulse_options *options);
/* Adds the loop of a thread that does not run yet. Free the loop before pulse_stop(). */
void pulse_follow(struct pulse *pulse, struct loop *loop);
/* Call it before the first loop is freed. NULL is fine. */
void pulse_stop(struct pulse *pulse);
CLEANER(pulse_stop, struct pulse *)

/* Milliseconds between two beats. Pure. */
int64_t pulse_interval(int64_t limit_ms);
