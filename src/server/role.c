// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/role.h"

#include "server/listen.h"
#include "server/sandbox_part.h"

static bool has_dns(const struct config *config)
{
    return config->dns_count > 0;
}

const struct role_traits role_traits[ROLE_COUNT] = {
    [ROLE_FRONT] = { .run = role_front,
                     .bind = listen_front,
                     .add_files = sandbox_add_front,
                     .calls = sandbox_calls_front,
                     .needs_database = true,
                     .reached_by = ROLE_FRONT },
    [ROLE_PUBLISH] = { .run = role_publish,
                       .add_files = sandbox_add_publish,
                       .calls = sandbox_calls_publish,
                       .needs_database = true,
                       .needs_secrets = true,
                       .reached_by = ROLE_ANSWER }, /* answer is in no other group */
    [ROLE_ANSWER] = { .run = role_answer,
                      .is_enabled = has_dns,
                      .bind = listen_answer,
                      .add_files = sandbox_add_answer,
                      .calls = sandbox_calls_answer,
                      .needs_secrets = true,
                      .is_overlapped = true,
                      .reached_by = ROLE_ANSWER },
};

bool role_is_enabled(const struct config *config, enum role role)
{
    return !role_traits[role].is_enabled || role_traits[role].is_enabled(config);
}
