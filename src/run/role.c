// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/role.h"

#include <assert.h>
#include <string.h>

#include "net/privileges.h"

const char *const role_names[ROLE_COUNT] = { "front", "publish", "answer", "tls",
                                             "outbound" };

bool role_find(const char *name, enum role *out)
{
    for (enum role role = 0; role < ROLE_COUNT; role++)
        if (strcmp(role_names[role], name) == 0) {
            *out = role;
            return true;
        }
    return false;
}

const char *role_user(const struct config *config, enum role role)
{
    const char *const names[ROLE_COUNT] = { [ROLE_FRONT] = config->front_user,
                                            [ROLE_PUBLISH] = config->publish_user,
                                            [ROLE_ANSWER] = config->answer_user,
                                            [ROLE_TLS] = config->tls_user,
                                            [ROLE_OUTBOUND] = config->outbound_user };
    return names[role];
}

void role_users_know(struct config *config)
{
    static_assert(LENGTH_OF(config->uids) == ROLE_COUNT, "one for each role");
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        struct identity identity;
        bool known = identity_find(role_user(config, role), &identity, NULL) == OK;
        config->uids[role] =
            (struct config_uid){ .known = known, .uid = known ? identity.uid : 0 };
    }
}

bool role_find_uid(const struct config *config, enum role role, uid_t *out)
{
    if (!config->uids[role].known)
        return false;
    *out = config->uids[role].uid;
    return true;
}
