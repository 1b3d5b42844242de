// SPDX-License-Identifier: GPL-3.0-or-later
/* in_clear.h - the day on which a host last sent its token in clear. Pure.
 *
 * Days begin at midnight UTC and are told by their first second; 0: none. A day goes when a call
 * comes over TLS that long after it. Clients whose address stays call every 25 to 30 days, so by
 * then every device of the host has shown that it has changed over. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    IN_CLEAR_DAY_S = 86400,
    IN_CLEAR_KEPT_S = 35 * IN_CLEAR_DAY_S
};

/* The day after one more call, which a valid token let in. */
int64_t in_clear_after(int64_t day_s, int64_t now_s, bool encrypted);
