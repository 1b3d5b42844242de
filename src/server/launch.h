// SPDX-License-Identifier: GPL-3.0-or-later
/* launch.h - what is done before a role runs: users, folders, sockets. The parent does it for all
 * roles; a role that is started alone does it for itself.
 *
 * Root binds the sockets, and then gives up all rights that it does not need. A role that root has
 * started becomes its own user for good. Without root everything runs as the caller. */
#pragma once

#include "config/config.h"
#include "net/inherit.h"
#include "net/privileges.h"
#include "net/process.h"
#include "run/role.h"

struct loop;
struct pulse;

struct launch_users {
    bool apart; /* we are root, and the roles run under the users below */
    struct identity of[ROLE_COUNT];
};

/* Finds the users that the configuration names, if we are root. ERR_NOT_FOUND: one of them does not
 * exist. ERR_LIMIT: one is in too many groups. */
MUST_CHECK enum status launch_find_users(const struct config *config,
                                         struct launch_users *out, struct error *err);

/* The part of the service for which folders are made: a value of enum role, or one of these. */
enum launch_part {
    /* The parent with all roles. */
    LAUNCH_ALL = ROLE_COUNT,
    /* A command that ends (once.h): all folders for root, else none in the run folder. */
    LAUNCH_ONCE,
};

/* Makes the folders of data that this program knows and that are missing, and refuses those that
 * are not safe: launch_data.h, or launch_make_tls_folder(). */
typedef enum status (*launch_data_fn)(const struct config *config,
                                      const struct launch_users *users,
                                      enum launch_part part, struct error *err);
MUST_CHECK enum status launch_make_tls_folder(const struct config *config,
                                              const struct launch_users *users,
                                              struct error *err);

/* Makes the folders of data and the run folders that are missing, each for the role that writes
 * there. Refuses those that exist and are not safe, or belong to another user.
 *
 * Other users can pass through data and run, but not list them (0711). So a stock tinydns under its
 * own user reaches the image (0755). Database and key file have their own modes.
 *
 * The run folder belongs to root. In it the parent and each role have a folder for status file and
 * socket. Root makes all of these, and removes what the roles left there under other users. If
 * the run folder is root's, root also takes away the right of others to write to it.
 *
 * ERR_DENIED, ERR_IO, and what `make_data` returns. */
MUST_CHECK enum status launch_make_folders(const struct config *config,
                                           const struct launch_users *users,
                                           enum launch_part part,
                                           launch_data_fn make_data, struct error *err);

struct launch_sockets {
    struct process_socket list[INHERIT_MAX];
    size_t count;
};
/* Binds all sockets of the role, or takes them from the inherited ones. On failure the sockets in
 * *out stay open: the caller ends. Errors as socket_listen(); ERR_LIMIT: too many sockets. */
MUST_CHECK enum status launch_bind(const struct config *config, enum role role,
                                   struct launch_sockets *out, struct error *err);

/* Prepares this process for one role. Afterwards it runs as the role's user, its sockets are among
 * the inherited ones, and it is connected to the watcher (pulse_connect()). Errors as above. */
MUST_CHECK enum status launch_role(const struct config *config, enum role role,
                                   launch_data_fn make_data, struct error *err);
/* Prepares this process for a command that ends, such as --init: launch_role() without sockets and
 * watcher. Errors as above. */
MUST_CHECK enum status launch_once(const struct config *config, enum role as,
                                   launch_data_fn make_data, struct error *err);
/* The same without folders: for a look. */
MUST_CHECK enum status launch_become(const struct config *config, enum role as,
                                     struct error *err);

/* Starts to show the watcher that the loops turn. `name` is "parent" or the name of a role. */
struct pulse *launch_pulse(const struct config *config, const char *name,
                           struct loop *loop);

/* Logs and closes inherited sockets that are in no listen list. */
void launch_drop_unused(void);
