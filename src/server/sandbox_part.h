// SPDX-License-Identifier: GPL-3.0-or-later
/* sandbox_part.h - the tables of the sandbox, between its files. */
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

/* What a role may call. The policy points into the rest, so that it stays where it is. */
struct sandbox_calls {
    struct syscall_policy policy;
    const struct syscall_rule *lists[SANDBOX_LISTS_MAX];
    struct syscall_rule self[SANDBOX_SELF_ROWS]; /* by which it signals itself alone */
    const char *fatal[SANDBOX_NAMES_MAX];
    struct syscall_refusal refused[SANDBOX_NAMES_MAX];
};
extern const struct syscall_rule sandbox_calls_front[], sandbox_calls_publish[],
    sandbox_calls_answer[];
/* What all roles may call, and `of_role`. */
void sandbox_calls_of_role(struct sandbox_calls *out, const struct syscall_rule *of_role,
                           pid_t own_pid);
void sandbox_calls_of_parent(struct sandbox_calls *out);

/* What a role reaches, in order of the configuration. */
struct sandbox_files {
    struct landlock_path *list;
    struct sandbox_place {
        dev_t device; /* 0, 0: not there */
        ino_t number;
    } * places;
    size_t count;
};
void sandbox_files_init(struct sandbox_files *out, const struct config *config,
                        enum role role);
void sandbox_add_front(struct sandbox_files *to, const struct config *config);
void sandbox_add_publish(struct sandbox_files *to, const struct config *config);
void sandbox_add_answer(struct sandbox_files *to, const struct config *config);
void sandbox_files_done(struct sandbox_files *files);
