// SPDX-License-Identifier: GPL-3.0-or-later
/* callback.h - the functions that a caller of change.h hands in, and what they are given. */
#pragma once

#include <stdbool.h>

#include "account/access.h"
#include "rule/address.h"

struct store;

enum change_result {
    CHANGE_DONE, /* committed */
    CHANGE_SAME, /* nothing to do and nothing in flight: decided at once */
    CHANGE_BAD_IP,
    CHANGE_TOO_MANY, /* followers past the limit */
    CHANGE_BAD_TXT,  /* no TXT value can stand at the host's name for them */
    CHANGE_REFUSED,  /* what let the request in was taken away meanwhile: `access` */
    CHANGE_TROUBLE,  /* on our side: the queue is full, or the database fails */
};
struct change_outcome {
    enum change_result result;
    /* For CHANGE_DONE: the host had these values already, or was about to get them. The answer is
     * nochg, and it is durable. */
    bool was_same;
    enum access_result access; /* for CHANGE_REFUSED; ACCESS_NO_HOST: it was removed */
};
/* An update has ended. `decision` is what the rule said, with the reply's addresses. */
typedef void (*change_update_fn)(void *ctx, const struct change_outcome *outcome,
                                 const struct rule_decision *decision);

/* Work for the writer thread, inside the batch's transaction and a savepoint of its own. Until
 * `done` it owns everything that it touches. Any status except OK undoes it. When the batch has
 * to be run again it is called again; only the last call counts. It appends its own rows to the
 * journal, as all of admin.h does. */
typedef enum status (*change_work_fn)(struct store *store, void *work, struct error *err);
/* The work was committed, or failed. */
typedef void (*change_done_fn)(void *ctx, enum status status, const struct error *err);
