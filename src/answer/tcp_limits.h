// SPDX-License-Identifier: GPL-3.0-or-later
/* tcp_limits.h - how many TCP connections there may be, and how long one may be quiet (tcp.h). */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    ANSWER_LISTEN_MAX = 32,
};

struct answer_tcp_limits {
    size_t connections, per_source; /* at least 1 */
    size_t per_secondary;           /* used if it is more than per_source */
    int64_t idle_ms, idle_busy_ms;
};
