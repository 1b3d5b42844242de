// SPDX-License-Identifier: GPL-3.0-or-later
/* again.h - an update that was let in while administration was under way is judged once more,
 * within the transaction, as if it had come behind it.
 *
 * A token, account or host that is told as removed, blocked or another's has no effect
 * afterwards, and a host's new settings hold for all that is written after them. Updates that
 * come while no administration is under way need none of this: what let them in cannot have
 * changed. Only for the files of this room. */
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

/* Asks the database about the job's token, account and host, and the rule about the host as it
 * is now; the job's decision becomes the new one. *stands: it is to be applied. Otherwise
 * the job's outcome is set, and nothing is to be written. */
MUST_CHECK enum status again_judge(const struct admin *admin, struct job *job,
                                   bool *stands, struct error *err);
