// SPDX-License-Identifier: GPL-3.0-or-later
/* apply.h - one decided update, within a transaction: the host, its followers, the journal.
 *
 * The decision was made on the loop from what was known there; here it meets what the
 * database holds by now. Only the families that the request decided are written, so that a
 * change which came between, or one before that failed, is neither undone nor taken over. */
#pragma once

#include "change/admin.h"

struct apply_outcome {
    enum change_result result; /* CHANGE_DONE, CHANGE_GONE or CHANGE_TOO_MANY */
    bool was_same;             /* nothing had to be written */
};

/* Any status but OK is the database's trouble, and rows may have been written; GONE and
 * TOO_MANY come with OK and before any write. */
MUST_CHECK enum status apply_update(const struct admin *admin, int64_t host_id,
                                    const struct rule_decision *decision,
                                    struct apply_outcome *out, struct error *err);
/* Writes addresses and state of a host with its row in the journal. `row` is as the database
 * has it but for the state and last_seen_s; afterwards it is so altogether. */
MUST_CHECK enum status apply_addresses(const struct admin *admin, struct host_row *row,
                                       const struct host_addresses *before,
                                       const struct host_addresses *after,
                                       struct error *err);
