// SPDX-License-Identifier: GPL-3.0-or-later
/* sandbox_part.h - the tables of the sandbox, shared by its files and the table of roles. */
#pragma once

#include <sys/types.h>

#include "config/config.h"
#include "net/landlock.h"
#include "net/syscalls.h"
#include "server/launch.h"

enum {
    SANDBOX_LISTS_MAX = 10,
    SANDBOX_SELF_ROWS = 2,
    SANDBOX_NAMES_MAX = 80
};

/* The system calls of a role. The policy points to the other members, so do not copy it. */
struct sandbox_calls {
    struct syscall_policy policy;
    const struct syscall_rule *lists[SANDBOX_LISTS_MAX];
    struct syscall_rule self[SANDBOX_SELF_ROWS]; /* lets it signal itself alone */
    const char *fatal[SANDBOX_NAMES_MAX];
    struct syscall_refusal refused[SANDBOX_NAMES_MAX];
};
extern const struct syscall_rule sandbox_calls_front[], sandbox_calls_publish[],
    sandbox_calls_answer[], sandbox_calls_tls[], sandbox_calls_outbound[];
/* The calls that all roles may make, and those of `of_role`. */
void sandbox_calls_of_role(struct sandbox_calls *out, const struct syscall_rule *of_role,
                           pid_t own_pid);
void sandbox_calls_of_parent(struct sandbox_calls *out);

/* The files that a role can reach, in the order of the configuration. */
struct sandbox_files {
    struct landlock_path *list;
    /* Which file was there, for each row of the list. */
    struct sandbox_place {
        dev_t device; /* 0, 0: there was none */
        ino_t number;
    } * places;
    size_t count;
};
void sandbox_files_init(struct sandbox_files *out, const struct config *config,
                        enum role role);
void sandbox_add_front(struct sandbox_files *to, const struct config *config);
void sandbox_add_publish(struct sandbox_files *to, const struct config *config);
void sandbox_add_answer(struct sandbox_files *to, const struct config *config);
void sandbox_add_tls(struct sandbox_files *to, const struct config *config);
void sandbox_add_outbound(struct sandbox_files *to, const struct config *config);
void sandbox_files_done(struct sandbox_files *files);
