// SPDX-License-Identifier: GPL-3.0-or-later
/* privileges.h - the user that a process runs as, and the rights that root keeps: Linux's
 * capabilities. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

enum {
    IDENTITY_GROUPS = 64
};

/* A user and its groups. */
struct identity {
    uid_t uid;
    gid_t gid;
    gid_t groups[IDENTITY_GROUPS]; /* supplementary groups */
    size_t group_count;
};

/* Looks up the user and its groups. ERR_NOT_FOUND: there is no such user. ERR_LIMIT: it is in more
 * than IDENTITY_GROUPS groups. */
MUST_CHECK enum status identity_find(const char *user, struct identity *out,
                                     struct error *err);
/* Adds a supplementary group. ERR_LIMIT: there are IDENTITY_GROUPS already. */
MUST_CHECK enum status identity_join(struct identity *identity, gid_t group,
                                     struct error *err);
/* Makes this process run under the identity for good: its groups, its real, effective and saved
 * ids, and no new privileges. Root keeps its capabilities, any other user loses all.
 * Async-signal-safe. False with errno: the process may have changed in part, and has to end. */
MUST_CHECK bool identity_become(const struct identity *identity);
/* kill() of a child that runs under the identity, for a root without CAP_KILL: it takes the child's
 * user id during the call. NULL: plain kill(). */
bool identity_kill(const struct identity *identity, pid_t pid, int signal_number);

/* Gives up all capabilities except for CAP_SETUID, CAP_SETGID and CAP_NET_BIND_SERVICE, for this
 * process and its children; no new privileges. For root. ERR_IO. */
MUST_CHECK enum status privileges_limit(struct error *err);
/* Gives up all capabilities; no new privileges. A supervisor may have given a user other than root
 * the capability to bind low ports. ERR_IO. */
MUST_CHECK enum status privileges_drop(struct error *err);

/* Keeps our memory secret: no core files are written, and no other process of our user can read our
 * memory (ptrace, /proc/PID/mem). execve() ends the second of these. ERR_IO. */
MUST_CHECK enum status privileges_hide(struct error *err);
