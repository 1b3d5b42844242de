// SPDX-License-Identifier: GPL-3.0-or-later
/* again.h - judges an update once more inside the transaction, as if it had come after the
 * administration that was under way when it was let in.
 *
 * So a token, account or host that is reported as removed, blocked or moved to another owner has
 * no effect afterwards, and a host's new settings hold for everything that is written after them.
 * Updates that come while no administration is under way need none of this, because nothing that
 * let them in can have changed. Only for the files of this room. */
#pragma once

#include "change/admin.h"
#include "rule/address.h"

/* A request that outlives its caller. */
struct again {
    struct rule_request request;
    struct rule_value values[]; /* their texts stand behind them */
};

/* In one piece, for mem_free(). */
struct again *again_new(const struct rule_request *request);

struct job;

/* Reads the job's token, account and host from the database, and decides anew by the rule; this
 * replaces the job's decision. *stands: apply it. Otherwise the job's outcome is set, and
 * nothing is to be written. */
MUST_CHECK enum status again_judge(const struct admin *admin, struct job *job,
                                   bool *stands, struct error *err);
