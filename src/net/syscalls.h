// SPDX-License-Identifier: GPL-3.0-or-later
/* syscalls.h - which system calls a process may still make: a filter of the kernel's (seccomp),
 * written as tables of names, so that it holds on every processor that we know.
 *
 * What the tables do not name ends the process by SIGSYS, or is let through; that is the
 * policy's choice. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    SYSCALL_CONDITIONS = 2
};

/* The call is meant only if the bits `mask` of its argument number `arg` have this value. */
struct syscall_condition {
    unsigned arg;
    uint64_t mask; /* 0: no condition */
    uint64_t value;
};

/* A call may have several rows: one of them has to fit. */
struct syscall_rule {
    const char *name;
    struct syscall_condition only[SYSCALL_CONDITIONS];
};

/* A call that fails without being made: what libraries try and can do without. */
struct syscall_refusal {
    const char *name;
    int code; /* for errno */
};

/* Lists end with a row without name, lists of lists with NULL. What one list allows, no other
 * may refuse. */
struct syscall_policy {
    bool others_pass; /* what is not named; else SIGSYS, which a handler may tell of */
    const struct syscall_rule *const *allowed;
    const struct syscall_refusal *refused;
    const char *const *fatal; /* ends the process at once: no handler sees it */
};

/* Puts the filter on all threads of this process and on its children, for good; a second one
 * narrows the first. Takes the right to new privileges, too.
 * ERR_NOT_FOUND: the kernel has no such filters, or the tables do not know this processor.
 * ERR_IO. */
MUST_CHECK enum status syscalls_limit(const struct syscall_policy *policy,
                                      struct error *err);
