// SPDX-License-Identifier: GPL-3.0-or-later
/* process.h - children: start one, keep it running, stop it. No shell. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "net/loop.h"

/* Starts argv[0] (a path) with argv; standard input is /dev/null, output and error are ours;
 * every other descriptor is close-on-exec. The child dies with its parent
 * (PR_SET_PDEATHSIG SIGTERM) and starts with no signal blocked. Call it from the main thread:
 * the kernel takes the end of the calling thread for the parent's. ERR_NOT_FOUND: no such
 * program. ERR_IO. */
MUST_CHECK enum status process_start(char *const argv[], pid_t *pid_out,
                                     struct error *err);

/* Children that are started again when they end: at once the first time, then after a pause
 * that doubles from 100 ms to 5 s and falls back after 10 s of life. The callback hears of
 * every start and every end; a child that cannot be started is told as one that ended with
 * status 127, with pid 0. It must not free the group. */
struct process_group;
typedef void (*process_event_fn)(void *ctx, const char *name, pid_t pid, bool started,
                                 int wait_status);
struct process_group *process_group_new(struct loop *loop, process_event_fn fn,
                                        void *ctx);
/* Kills what still runs. */
void process_group_free(struct process_group *group);
CLEANER(process_group_free, struct process_group *)
/* Starts it. `name` and `argv` are kept, not copied. */
void process_group_add(struct process_group *group, const char *name, char *const argv[]);
/* Call on SIGCHLD. */
void process_group_reap(struct process_group *group);
/* Sends the signal to every child that runs. */
void process_group_signal(struct process_group *group, int signal_number);
/* SIGTERM to all, SIGKILL after `grace_ms`; nothing is started again. Calls `done` when the
 * last one is gone (at once when none runs); `done` may free the group. */
void process_group_stop(struct process_group *group, int grace_ms,
                        void (*done)(void *ctx), void *ctx);
