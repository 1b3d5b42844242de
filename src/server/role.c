// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/role.h"

#include "server/listen.h"
#include "server/sandbox_part.h"

static bool has_dns(const struct config *config)
{
    return config->dns_count > 0;
}

static bool has_https(const struct config *config)
{
    return config->https_count > 0;
}

static bool has_mail(const struct config *config)
{
    return config->mail_server[0] != 0;
}

const struct role_traits role_traits[ROLE_COUNT] = {
    [ROLE_FRONT] = { .bind = listen_front,
                     .add_files = sandbox_add_front,
                     .calls = sandbox_calls_front,
                     .needs_database = true,
                     .restart_turn = 4, /* clients wait for it */
                     .reached_by = ROLE_FRONT },
    [ROLE_PUBLISH] = { .add_files = sandbox_add_publish,
                       .calls = sandbox_calls_publish,
                       .needs_database = true,
                       .needs_secrets = true,
                       .restart_turn = 3,
                       .reached_by = ROLE_ANSWER }, /* answer is in no other group */
    [ROLE_ANSWER] = { .is_enabled = has_dns,
                      .bind = listen_answer,
                      .add_files = sandbox_add_answer,
                      .calls = sandbox_calls_answer,
                      .needs_secrets = true,
                      .is_overlapped = true,
                      .restart_turn = 1,
                      .reached_by = ROLE_ANSWER },
    [ROLE_TLS] = { .program = "rove-tls",
                   .is_enabled = has_https,
                   .is_optional = true,
                   .bind = listen_tls,
                   .add_files = sandbox_add_tls,
                   .calls = sandbox_calls_tls,
                   .is_overlapped = true,
                   .restart_turn = 2,
                   .reached_by = ROLE_TLS },
    [ROLE_OUTBOUND] = { .program = "rove-outbound",
                        .is_enabled = has_mail,
                        .is_optional = true,
                        .add_files = sandbox_add_outbound,
                        .calls = sandbox_calls_outbound,
                        .connects = true,
                        .restart_turn = 5,
                        .reached_by = ROLE_OUTBOUND },
};

bool role_is_enabled(const struct config *config, enum role role)
{
    return !role_traits[role].is_enabled || role_traits[role].is_enabled(config);
}

bool role_is_expected(const struct config *config, enum role role)
{
    return !role_traits[role].is_optional || role_is_enabled(config, role);
}
