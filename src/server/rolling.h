// SPDX-License-Identifier: GPL-3.0-or-later
/* rolling.h - all roles are restarted, one after the other, so that nobody notices.
 *
 * answer first, overlapped: old and new read the same sockets until the new one says that it
 * runs. publish, whom nobody waits for. front last: it finishes what it has in hand, and
 * connections wait in the backlog of the sockets, which are the parent's. */
#pragma once

#include "net/process.h"
#include "server/launch.h"

struct rolling {
    const struct config *config;
    struct loop *loop;
    struct process_group *group;
    struct timer timer;
    size_t step; /* of the plan */
    bool begun;  /* the role of this step is being replaced */
    pid_t before;
    int64_t deadline_ms;
};

/* Does nothing when it goes on already. */
void rolling_start(struct rolling *rolling, const struct config *config,
                   struct loop *loop, struct process_group *group);
void rolling_stop(struct rolling *rolling);
