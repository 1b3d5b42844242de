// SPDX-License-Identifier: GPL-3.0-or-later
/* restart.h - all roles are restarted, one after the other, so that nobody notices.
 *
 * answer first, overlapped: old and new read the same sockets until the new one says that it
 * runs. publish, whom nobody waits for. front last: it finishes what it has in hand, and
 * connections wait in the backlog of the sockets, which are the parent's. */
#pragma once

#include "net/process.h"
#include "server/launch.h"

struct restart {
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
void restart_start(struct restart *restart, const struct config *config,
                   struct loop *loop, struct process_group *group);
void restart_stop(struct restart *restart);
