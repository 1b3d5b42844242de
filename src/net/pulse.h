// SPDX-License-Identifier: GPL-3.0-or-later
/* pulse.h - how a process shows whoever watches over it that all its loops turn.
 *
 * Each loop of the process has a timer that counts. The first loop's looks at the others: only when
 * each has turned since it looked last, it gives a beat, six times within `limit_ms`. Whoever
 * watches counts beats that did not come and measures no time, so that a machine that slept, or was
 * stopped, has not let anybody hang. There are three who may watch:
 *
 * - a parent of ours, who gave an eventfd (inherit.h): a beat is a 1 written there. It says how
 *   long its limit is, since ours may be from a configuration that it does not know yet;
 * - systemd, with NOTIFY_SOCKET and WATCHDOG_USEC: it gets READY=1 and then WATCHDOG=1;
 * - else the kernel: without a beat SIGALRM ends the process, after a line in the log, and any
 *   supervisor starts it again. Who is merely stopped (SIGSTOP) is not found that way. */
#pragma once

#include "net/loop.h"

enum {
    PULSE_BEATS = 6 /* within the limit */
};

struct pulse;

struct pulse_options {
    struct loop *loop; /* the first one's */
    const char *name;  /* of the process, for log and faults; kept */
    int64_t limit_ms;  /* 0: nobody watches; that of a parent or systemd goes before */
};

/* Connects to who wants to be told (NOTIFY_SOCKET), before a sandbox bars the way; else
 * pulse_start() does. */
void pulse_connect(void);
/* Begins, and says that the process is ready. In builds for tests the fault "hang.NAME" lets the
 * loop hang at the n-th beat. */
struct pulse *pulse_start(const struct pulse_options *options);
/* One loop more, of a thread that does not run yet. It has to be freed before pulse_stop(). */
void pulse_follow(struct pulse *pulse, struct loop *loop);
/* Before the first loop is freed. NULL is fine. */
void pulse_stop(struct pulse *pulse);
CLEANER(pulse_stop, struct pulse *)

/* Milliseconds between two beats. */
int64_t pulse_interval(int64_t limit_ms);
