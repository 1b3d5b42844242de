// SPDX-License-Identifier: GPL-3.0-or-later
/* role.h - the roles of roved: their names, and the users that they run as. The system is asked
 * for the ids of the users once, before anything else, because a role's sandbox lets it ask no
 * more. */
#pragma once

#include "config/config.h"

enum role {
    ROLE_FRONT,
    ROLE_PUBLISH,
    ROLE_ANSWER,
    ROLE_TLS,
    ROLE_OUTBOUND,
    ROLE_COUNT
};
/* "front", "publish", "answer", "tls", "outbound". */
extern const char *const role_names[ROLE_COUNT];

/* False: no role has the name. */
bool role_find(const char *name, enum role *out);

/* As the configuration names it. */
const char *role_user(const struct config *config, enum role role);

/* Asks the system for the ids of the users and notes them in the configuration, which was just
 * loaded. A reload does not change them. */
void role_users_know(struct config *config);
/* The user id of a role as it was noted, for programs that talk to the role or read what it writes.
 * False: there is no such user, and the role runs as we do. */
bool role_find_uid(const struct config *config, enum role role, uid_t *out);
