// SPDX-License-Identifier: GPL-3.0-or-later
/* refused.h - tells change/ which hosts' own devices are refused, so that their owners hear of it.
 *
 * A device is the host's own if its token is of the host's owner. One whose token nobody knows any
 * more is taken for it when it comes from the address that the host has: no stranger can have both
 * that and a reason to lie. Our own trouble and throttles are no refusals. */
#pragma once

#include "update/who.h"

/* The token of the call may not update. `asker` has it where `why` is not WHY_UNKNOWN_TOKEN. */
void refused_call(const struct updates *updates, const struct update *update,
                  enum update_why why, const struct asker *asker,
                  const struct name *name);
/* The token of that account may update, but not this host, or not so. */
void refused_host(const struct updates *updates, int64_t account_id,
                  const struct host_row *host, enum update_why why);
