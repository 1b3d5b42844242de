// SPDX-License-Identifier: GPL-3.0-or-later
/* apply.h - writes one decided update inside a transaction: the host, its followers, the journal.
 *
 * The decision was made on the loop from what was known there, or by again.h. The database may
 * hold something newer by now. Only the families that the request decided are written. So a change
 * that came in between is not undone, and one that failed before is not taken over. */
#pragma once

#include "change/admin.h"
#include "change/callback.h"

/* Any status except OK means that the database failed, and rows may have been written. *out:
 * CHANGE_DONE; or CHANGE_REFUSED or CHANGE_TOO_MANY, and nothing was written. */
MUST_CHECK enum status apply_update(const struct admin *admin, int64_t host_id,
                                    const struct rule_decision *decision,
                                    struct change_outcome *out, struct error *err);
/* Writes a host's addresses and state, and the row in the journal. `row` is as in the database,
 * except for the state and last_seen_s, which are the new ones. Afterwards all of it is as in the
 * database. `changes_hands`: as journal_host() says. */
MUST_CHECK enum status apply_addresses(const struct admin *admin, struct host_row *row,
                                       const struct addresses *before,
                                       const struct addresses *after, bool changes_hands,
                                       struct error *err);
