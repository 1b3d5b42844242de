// SPDX-License-Identifier: GPL-3.0-or-later
/* launch.h - what is done before a role runs, by the parent for all of them and by a role that
 * is started by itself: users, folders, sockets.
 *
 * Root binds the sockets and then gives up all he does not need; a role started by root becomes
 * its own user for good. Without root everything runs as the caller. */
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

/* The users of the configuration, when we are root. ERR_NOT_FOUND names who is missing. */
MUST_CHECK enum status launch_find_users(const struct config *config,
                                         struct launch_users *out, struct error *err);

/* For whom folders are made. */
enum launch_part {
    /* one of enum role, or */
    LAUNCH_ALL = ROLE_COUNT, /* the parent with all roles */
    LAUNCH_ONCE, /* who does something once: all for root, else nothing in the run folder */
};

/* Makes the data, image and run folders where they are missing, each for the role that writes
 * there, and refuses what is there but unsafe or another's. Data and run can be passed through
 * but not listed by others (0711), so that a stock tinydns under its own user reaches the image
 * (0755); database and key file have modes of their own. The run folder is root's, and in it the
 * parent and each role have one of their own, for status file and socket; root makes them all,
 * removes what other users of the roles before have left there, and closes the run folder, when it is
 * his, to others who could write into it. */
MUST_CHECK enum status launch_make_folders(const struct config *config,
                                           const struct launch_users *users,
                                           enum launch_part part, struct error *err);

struct launch_sockets {
    struct process_socket list[INHERIT_MAX];
    size_t count;
};
/* Binds, or takes from what was inherited, all sockets of the role. On failure those in *out
 * stay open: the caller ends. */
MUST_CHECK enum status launch_bind(const struct config *config, enum role role,
                                   struct launch_sockets *out, struct error *err);

/* All of it for one role in this process: afterwards it is the role's user, and its sockets
 * are among the inherited ones, and who watches from outside is connected. */
MUST_CHECK enum status launch_role(const struct config *config, enum role role,
                                   struct error *err);
/* The same without sockets: for what is done once, such as --init. */
MUST_CHECK enum status launch_once(const struct config *config, enum role as,
                                   struct error *err);

/* Shows from now on whoever watches over the process, "parent" or a role, that its loops turn. */
struct pulse *launch_pulse(const struct config *config, const char *name,
                           struct loop *loop);

/* Logs sockets that were inherited but are in no listen list, and closes them. */
void launch_drop_unused(void);
