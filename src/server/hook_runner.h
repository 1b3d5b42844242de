// SPDX-License-Identifier: GPL-3.0-or-later
/* hook_runner.h - the process that runs the operator's command (hook.h) for publish, which starts
 * it before its sandbox closes.
 *
 * It takes no command from publish, only that something was published: which program runs, and with
 * what arguments, it reads from the configuration itself. It ends with publish, and what it had
 * started ends with it. */
#pragma once

#include "config/config.h"
#include "publish/hook.h"

struct hook_runner;

/* Starts the process. The caller has one thread, and no secrets that the configuration file does
 * not hold. Those of *config are wiped in the process. */
MUST_CHECK enum status hook_runner_start(struct config *config, struct hook_runner **out,
                                         struct error *err);
/* From now on reports arrive: `changed` after each, `ended` for each run as hook.h has it, and
 * `lost` when the process has ended by itself. */
struct hook_runner_events {
    hook_ended_fn ended;
    void (*changed)(void *ctx);
    void (*lost)(void *ctx);
    void *ctx;
};
void hook_runner_watch(struct hook_runner *runner, struct loop *loop,
                       const struct hook_runner_events *events);
/* Something was published. */
void hook_runner_run(struct hook_runner *runner, int64_t seq);
/* The configuration has changed. */
void hook_runner_reload(struct hook_runner *runner);
struct hook_state hook_runner_state(const struct hook_runner *runner);
/* Ends it and waits for that. NULL is fine. */
void hook_runner_free(struct hook_runner *runner);
CLEANER(hook_runner_free, struct hook_runner *)
