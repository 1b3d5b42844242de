// SPDX-License-Identifier: GPL-3.0-or-later
/* withhold.h - keeps hosts out of DNS, whatever their state, as long as there is a reason for it.
 * They keep their addresses, and are back as soon as the last reason goes. Only for the files of
 * this room. */
#pragma once

#include "change/admin.h"

/* Sets in the row whether it points to a blocked network, by the rules of `admin`; without rules it
 * stays as it is. Nothing is written. */
void withhold_judge(const struct admin *admin, struct host_row *row,
                    const struct addresses *addresses);
/* Judges the host and writes what changes, with the journal's row. */
MUST_CHECK enum status withhold_host(const struct admin *admin, int64_t id,
                                     struct error *err);
/* All hosts of the account, which is blocked by now, or is no more. */
MUST_CHECK enum status withhold_account(const struct admin *admin,
                                        const struct account_row *account,
                                        struct error *err);
/* Sets in the row whether its account is blocked. Nothing is written. */
void withhold_by_owner(struct host_row *row, const struct account_row *owner);
