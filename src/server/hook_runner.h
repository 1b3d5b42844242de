// SPDX-License-Identifier: GPL-3.0-or-later
/* hook_runner.h - the process that runs the operator's command (hook.h) for publish. publish starts
 * it before entering its sandbox.
 *
 * publish only tells it that something was published. The process itself reads from the
 * configuration which program runs, and with which arguments. It ends when publish ends, and so
 * does a command that it has started. */
#pragma once

#include "config/config.h"
#include "publish/hook.h"

struct hook_runner;

/* Starts the process. The caller must have only one thread, and must know no secrets except those
 * in *config, which the new process wipes. ERR_IO. */
MUST_CHECK enum status hook_runner_start(struct config *config, struct hook_runner **out,
                                         struct error *err);
/* `changed` is called after each report of the process, `ended` for each run (see hook.h), and
 * `lost` when the process has ended by itself. */
struct hook_runner_events {
    hook_ended_fn ended;
    void (*changed)(void *ctx);
    void (*lost)(void *ctx);
    void *ctx;
};
/* Delivers reports from now on. */
void hook_runner_watch(struct hook_runner *runner, struct loop *loop,
                       const struct hook_runner_events *events);
/* Makes the process run the command: `seq` was published. */
void hook_runner_run(struct hook_runner *runner, int64_t seq);
/* Makes the process read the configuration again. */
void hook_runner_reload(struct hook_runner *runner);
struct hook_state hook_runner_state(const struct hook_runner *runner);
/* Ends the process and waits until it has ended. NULL is fine. */
void hook_runner_free(struct hook_runner *runner);
CLEANER(hook_runner_free, struct hook_runner *)
