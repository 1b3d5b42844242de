// SPDX-License-Identifier: GPL-3.0-or-later
/* privileges.h - whom a process runs as, and what root keeps. Linux's capabilities. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

enum {
    IDENTITY_GROUPS = 64
};

struct identity {
    uid_t uid;
    gid_t gid;
    gid_t groups[IDENTITY_GROUPS]; /* supplementary ones */
    size_t group_count;
};

/* The user with his groups, as the system knows them. ERR_NOT_FOUND: no such user.
 * ERR_LIMIT: in too many groups. */
MUST_CHECK enum status identity_find(const char *user, struct identity *out,
                                     struct error *err);
/* Adds a supplementary group. ERR_LIMIT. */
MUST_CHECK enum status identity_join(struct identity *identity, gid_t group,
                                     struct error *err);
/* Becomes it for good: groups, real, effective and saved ids, no capability (unless it is
 * root, who keeps what he has), no new privileges. Async-signal-safe. False: errno tells why,
 * and the process may be anything in between: it has to end. */
MUST_CHECK bool identity_become(const struct identity *identity);
/* kill() of a child that runs under the identity, by a root without CAP_KILL: he borrows its
 * user id for the call. NULL: plain kill(). */
bool identity_kill(const struct identity *identity, pid_t pid, int signal_number);

/* Keeps CAP_SETUID, CAP_SETGID and CAP_NET_BIND_SERVICE, as far as they are there, and gives
 * up all others for this process and its children; no new privileges. For root. */
MUST_CHECK enum status privileges_limit(struct error *err);
/* Gives up all capabilities, such as the one to bind low ports that a supervisor may have given to
 * another user than root; no new privileges. */
MUST_CHECK enum status privileges_drop(struct error *err);

/* What is in our memory stays there: no core files, and no other process of our user looks into
 * it (ptrace, /proc/PID/mem). execve() makes an end of the latter. */
MUST_CHECK enum status privileges_hide(struct error *err);
