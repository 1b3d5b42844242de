// SPDX-License-Identifier: GPL-3.0-or-later
/* syscalls.h - limits which system calls a process can make, by a filter in the kernel (seccomp).
 * Tables of names describe it, so that they hold on every processor that we know.
 *
 * A call that no table names either ends the process by SIGSYS or is allowed; the policy says
 * which. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    SYSCALL_CONDITIONS = 2
};

/* True if the bits `mask` of argument number `arg` have this value. */
struct syscall_condition {
    unsigned arg;
    uint64_t mask; /* 0: there is no condition */
    uint64_t value;
};

/* A rule matches a call when all its conditions are true. A call may have several rules, of which
 * one has to match. */
struct syscall_rule {
    const char *name;
    struct syscall_condition only[SYSCALL_CONDITIONS];
};

/* A call that fails without being made: libraries try it, and can do without it. */
struct syscall_refusal {
    const char *name;
    int code; /* for errno */
};

/* A list ends with a row without a name, a list of lists with NULL. A call may not be both allowed
 * and refused. */
struct syscall_policy {
    /* Calls that no list names are allowed; else they raise SIGSYS, which a handler may log. */
    bool others_pass;
    const struct syscall_rule *const *allowed;
    const struct syscall_refusal *refused;
    const char *const *fatal; /* end the process at once, without a handler */
};

/* Puts the filter on all threads of this process and on its children, for good. A second filter
 * narrows the first. The process also gives up the right to new privileges.
 * ERR_NOT_FOUND: the kernel has no such filters, or the tables do not know this processor.
 * ERR_IO. */
MUST_CHECK enum status syscalls_limit(const struct syscall_policy *policy,
                                      struct error *err);
