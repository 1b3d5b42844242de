// SPDX-License-Identifier: GPL-3.0-or-later
/* role.h - the roles of roved: what one has that another has not stands in its row. */
#pragma once

#include "base/exit.h"
#include "config/config.h"
#include "run/role.h"

struct launch_sockets;
struct sandbox_files;
struct syscall_rule;

struct role_traits {
    /* Runs until it is told to stop, and returns the exit code of the process. SIGHUP changes
     * the configuration in place (config_reload()). */
    int (*run)(struct config *config);
    /* Whether the configuration asks for it; NULL: always. */
    bool (*is_enabled)(const struct config *config);
    /* Binds its sockets; NULL: it has none. */
    enum status (*bind)(const struct config *config, struct launch_sockets *out,
                        struct error *err);
    /* The files and the system calls within its sandbox. */
    void (*add_files)(struct sandbox_files *to, const struct config *config);
    const struct syscall_rule *calls;
    bool needs_database; /* it starts only where key file and database are */
    bool needs_secrets;  /* it speaks DNS, whose messages may be signed */
    bool
        is_overlapped; /* at a restart in place the old one goes on until the new one runs */
    enum role reached_by; /* the role whose group reaches its socket */
};

extern const struct role_traits role_traits[ROLE_COUNT];

bool role_is_enabled(const struct config *config, enum role role);

/* HTTP, the database, the local socket. */
int role_front(struct config *config);
/* The image from the database. */
int role_publish(struct config *config);
/* DNS from the image. */
int role_answer(struct config *config);
