// SPDX-License-Identifier: GPL-3.0-or-later
/* role.h - the roles of roved: one table says what each role has. */
#pragma once

#include "base/exit.h"
#include "config/config.h"
#include "run/role.h"

struct launch_sockets;
struct sandbox_files;
struct syscall_rule;

struct role_traits {
    /* Runs until a signal ends it, and returns the exit code of the process. SIGHUP changes
     * the configuration in place (config_reload()). */
    int (*run)(struct config *config);
    /* Whether the configuration asks for the role; NULL: always. */
    bool (*is_enabled)(const struct config *config);
    /* Binds the sockets of the role; NULL: it has none. */
    enum status (*bind)(const struct config *config, struct launch_sockets *out,
                        struct error *err);
    /* The files and the system calls that its sandbox allows. */
    void (*add_files)(struct sandbox_files *to, const struct config *config);
    const struct syscall_rule *calls;
    bool needs_database; /* it starts only if key file and database exist */
    bool needs_secrets;  /* it speaks DNS, whose messages may be signed */
    /* When it is restarted, the old process goes on until the new one runs. */
    bool is_overlapped;
    enum role reached_by; /* the role whose group may connect to its socket */
};

extern const struct role_traits role_traits[ROLE_COUNT];

bool role_is_enabled(const struct config *config, enum role role);

/* HTTP, the database, the local socket. */
int role_front(struct config *config);
/* Makes the image from the database. */
int role_publish(struct config *config);
/* Answers DNS queries from the image. */
int role_answer(struct config *config);
