// SPDX-License-Identifier: GPL-3.0-or-later
/* apply.h - one decided update, within a transaction: the host, its followers, the journal.
 *
 * The decision was made on the loop from what was known there (or by again.h); here it meets what the
 * database holds by now. Only the families that the request decided are written, so that a
 * change which came between, or one before that failed, is neither undone nor taken over. */
#pragma once

#include "change/admin.h"
#include "change/callback.h"

/* Any status but OK is the database's trouble, and rows may have been written. *out:
 * CHANGE_DONE, or CHANGE_REFUSED or CHANGE_TOO_MANY before any write. */
MUST_CHECK enum status apply_update(const struct admin *admin, int64_t host_id,
                                    const struct rule_decision *decision,
                                    struct change_outcome *out, struct error *err);
/* Writes addresses and state of a host with its row in the journal. `row` is as the database
 * has it but for the state and last_seen_s; afterwards it is so altogether. */
MUST_CHECK enum status apply_addresses(const struct admin *admin, struct host_row *row,
                                       const struct addresses *before,
                                       const struct addresses *after, struct error *err);
