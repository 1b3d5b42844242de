// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/launch_data.h"

#include "config/guard.h"
#include "server/folder.h"
#include "server/role.h"
#include "store/files.h"

static enum status check_owners(const struct config *config,
                                const struct launch_users *users, struct error *err)
{
    const uid_t front = users->of[ROLE_FRONT].uid;
    const struct store_owner owner = { front, config->front_user };
    enum status status =
        folder_expect_owner(config->data, front, config->front_user, err);
    if (!status)
        status = folder_expect_owner(config->key_file, front, config->front_user, err);
    if (!status)
        status = store_guard(config->database, &owner, err);
    if (!status)
        status = folder_expect_owner(config->image, users->of[ROLE_PUBLISH].uid,
                                     config->publish_user, err);
    return status;
}

/* Where HTTPS is switched on later, the parent of a unit could not make it in front's folder: root
 * without capabilities may not. So --init makes it as soon as there is the user. */
static enum status make_tls_folder(const struct config *config,
                                   const struct launch_users *users,
                                   enum launch_part part, struct error *err)
{
    if (role_is_expected(config, ROLE_TLS))
        return launch_make_tls_folder(config, users, err);
    struct launch_users with_tls = *users;
    struct error ignored;
    if (!users->apart || part != LAUNCH_ONCE ||
        identity_find(role_user(config, ROLE_TLS), &with_tls.of[ROLE_TLS], &ignored))
        return OK;
    return launch_make_tls_folder(config, &with_tls, err);
}

enum status launch_make_data(const struct config *config,
                             const struct launch_users *users, enum launch_part part,
                             struct error *err)
{
    const struct identity *front = &users->of[ROLE_FRONT],
                          *publish = &users->of[ROLE_PUBLISH];
    const struct folder folders[] = {
        { config->data, 0711, front->uid, front->gid },
        { config->image, 0755, publish->uid, publish->gid },
    };
    /* answer may come before all others. */
    if (!users->apart && (int)part == (int)ROLE_ANSWER)
        return OK;
    enum status status = OK;
    for (size_t i = 0; i < LENGTH_OF(folders) && !status; i++)
        status = folder_make(&folders[i], users->apart, err);
    if (!status)
        status = make_tls_folder(config, users, part, err);
    if (!status)
        status = guard_data_folder(config->data, err);
    if (!status)
        status = guard_plain_file(config->key_file, err);
    if (!status)
        status = store_guard(config->database, NULL, err);
    return status || !users->apart ? status : check_owners(config, users, err);
}
