// SPDX-License-Identifier: GPL-3.0-or-later
/* hook.h - runs the operator's command after something was published.
 *
 * One run at a time, without a shell. What is published during a run leads to one more. A run
 * that fails or takes too long is repeated after 1, 2, 4 ... 60 seconds until one succeeds.
 * So what the command carries elsewhere is the newest in the end. Nothing waits for it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;
struct hook;

/* A run has ended. `why` is NULL after success; else how it ended, with the last line that the
 * command wrote to its standard error. It is valid during the call. */
typedef void (*hook_ended_fn)(void *ctx, int64_t seq, const char *why);

struct hook_options {
    struct loop *loop;
    /* argv[0] is a path; the list ends with NULL. Borrowed. NULL: nothing is run. */
    char *const *argv;
    int timeout_ms;
    const char *image; /* paths for the command, copied; NULL: none */
    const char *text;
    void (*began)(void *ctx); /* a run has begun; may be NULL */
    hook_ended_fn ended;      /* may be NULL */
    void *ctx;
};

struct hook *hook_new(const struct hook_options *options);
/* Replaces the options. A run that has begun keeps the old ones. */
void hook_set(struct hook *hook, const struct hook_options *options);
/* Something was published. The command gets `seq` as ROVE_SEQ, and the paths as ROVE_IMAGE
 * and ROVE_TEXT. */
void hook_run(struct hook *hook, int64_t seq);
/* Call on SIGCHLD. */
void hook_reap(struct hook *hook);

struct hook_state {
    int64_t seq; /* of the last run that succeeded; -1: none yet */
    bool runs;
    size_t failures; /* in a row */
};
struct hook_state hook_state(const struct hook *hook);

/* Kills a run with everything that it started. NULL is fine. Not to be called from a callback. */
void hook_free(struct hook *hook);
CLEANER(hook_free, struct hook *)
