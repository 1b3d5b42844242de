// SPDX-License-Identifier: GPL-3.0-or-later
/* turns.h - reading that takes several turns of the loop, so that nobody waits for it. */
#pragma once

#include "rest/job.h"

enum {
    TURNS_MAX = 16,      /* jobs at a time */
    TURNS_OF_ACCOUNT = 2 /* of them of one account */
};

struct rest_turns;

struct rest_turns *rest_turns_new(struct rest *rest);
/* Ends what is under way with ERR_BUSY. */
void rest_turns_free(struct rest_turns *turns);

/* One turn: some milliseconds. *more: another one is needed; else the call has its reply. */
typedef enum status (*rest_turn_fn)(void *ctx, struct rest_call *call, bool *more,
                                    struct error *err);
/* Runs the job by turns, from the next one of the loop on. It then frees `ctx` by `done`. */
void rest_turns_run(struct rest_job *job, rest_turn_fn turn, void (*done)(void *ctx),
                    void *ctx);
