// SPDX-License-Identifier: GPL-3.0-or-later
/* role.h - the users whom the roles run as. Who they are the system is asked once, before
 * anything else: a role cannot ask it any more within its bounds (sandbox.h). */
#pragma once

#include "config/config.h"

enum role {
    ROLE_FRONT,
    ROLE_PUBLISH,
    ROLE_ANSWER,
    ROLE_COUNT
};
/* "front", "publish", "answer". */
extern const char *const role_names[ROLE_COUNT];

/* False: no role has the name. */
bool role_find(const char *name, enum role *out);

/* As the configuration names it. */
const char *role_user(const struct config *config, enum role role);

/* Asks the system who the users are and notes it in the configuration, which was just loaded. A
 * reload leaves it as it is. */
void role_users_know(struct config *config);
/* The user id of a role as it was noted, whoever we are ourselves, for those who talk to it or read
 * what it writes. False: there is no such user, and the role runs as we do. */
bool role_find_uid(const struct config *config, enum role role, uid_t *out);
