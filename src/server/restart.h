// SPDX-License-Identifier: GPL-3.0-or-later
/* restart.h - restarts all roles, one after the other, without an interruption of the service.
 *
 * The table of roles (role.h) has the order. An overlapped role comes early: the old and the new
 * process read the same sockets until the new one reports that it runs. front comes after all whom
 * clients reach. It finishes the requests that it has. Meanwhile connections wait in the backlog of
 * the sockets, which the parent keeps open. outbound is the last: no client waits for it. */
#pragma once

#include "net/process.h"
#include "run/role.h"
#include "server/launch.h"

struct restart {
    const struct config *config;
    struct loop *loop;
    struct process_group *group;
    struct timer timer; /* set while a restart is under way */
    enum role role;     /* whose turn it is */
    bool done[ROLE_COUNT];
    bool begun;   /* that role is being replaced */
    pid_t before; /* its pid before that */
    int64_t deadline_ms;
};

/* Does nothing if a restart is under way. */
void restart_start(struct restart *restart, const struct config *config,
                   struct loop *loop, struct process_group *group);
void restart_stop(struct restart *restart);
