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
    /* A program of its own beside roved, because of the libraries it needs; NULL: roved. */
    const char *program;
    /* Whether the configuration asks for the role; NULL: always. */
    bool (*is_enabled)(const struct config *config);
    /* Its user and its folders may be missing until it is enabled. */
    bool is_optional;
    /* Binds the sockets of the role; NULL: it has none. */
    enum status (*bind)(const struct config *config, struct launch_sockets *out,
                        struct error *err);
    /* The files and the system calls that its sandbox allows. */
    void (*add_files)(struct sandbox_files *to, const struct config *config);
    const struct syscall_rule *calls;
    bool connects;       /* to other machines, over TCP */
    bool needs_database; /* it starts only if key file and database exist */
    bool needs_secrets;  /* it speaks DNS, whose messages may be signed */
    /* When it is restarted, the old process goes on until the new one runs. */
    bool is_overlapped;
    int restart_turn;     /* when all are restarted, those with less come first */
    enum role reached_by; /* the role whose group may connect to its socket */
};

extern const struct role_traits role_traits[ROLE_COUNT];

bool role_is_enabled(const struct config *config, enum role role);

/* Whether its user and its folders have to be there. */
bool role_is_expected(const struct config *config, enum role role);

/* Each of these runs until a signal ends it, and returns the exit code of the process. SIGHUP
 * changes the configuration in place (config_reload()). */

/* Has HTTP, the database and the local socket. */
int role_front(struct config *config);
/* Makes the image from the database. */
int role_publish(struct config *config);
/* Answers DNS queries from the image. */
int role_answer(struct config *config);
/* Ends TLS for front. */
int role_tls(struct config *config);
/* Delivers mails for front. */
int role_outbound(struct config *config);
