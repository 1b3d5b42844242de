// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "config/guard.h"
#include "net/pulse.h"
#include "server/folder.h"
#include "server/role.h"

enum {
    MS_PER_S = 1000,
    RUN_MODE = 0711 /* others can pass through, but not list it */
};

/* ----- users ----- */

enum status launch_find_users(const struct config *config, struct launch_users *out,
                              struct error *err)
{
    *out = (struct launch_users){ .apart = geteuid() == 0 };
    enum status status = OK;
    for (enum role role = 0; role < ROLE_COUNT && out->apart && !status; role++) {
        if (!role_is_expected(config, role))
            continue;
        status = identity_find(role_user(config, role), &out->of[role], err);
        if (status)
            error_prefix(err, "%s: section users: %s", config->file, role_names[role]);
    }
    if (!out->apart || status)
        return status;
    /* publish gives its socket to the group of answer, and reaches the database by the group of
     * front. */
    status = identity_join(&out->of[ROLE_PUBLISH], out->of[ROLE_ANSWER].gid, err);
    if (!status)
        status = identity_join(&out->of[ROLE_PUBLISH], out->of[ROLE_FRONT].gid, err);
    return status;
}

/* ----- folders ----- */

/* Makes the folder of a role in the run folder. Its group may connect to the role's socket. */
static enum status make_run_folder(const struct config *config,
                                   const struct launch_users *users, const char *name,
                                   const struct identity *as, gid_t gid,
                                   struct error *err)
{
    static const char *const names[] = { "status",  "status.tmp", "socket",
                                         "streams", "mails",      NULL };
    char storage[CONFIG_PATH_SIZE + 32];
    struct buf path = BUF_ON(storage);
    buf_printf(&path, "%s/%s", config->run, name);
    const struct folder folder = { buf_text(&path), RUN_MODE, as ? as->uid : 0, gid };
    return folder_make_own(&folder, users->apart, names, err);
}

static bool is_wanted(enum launch_part part, enum role role, bool apart)
{
    return apart || part == LAUNCH_ALL || (int)part == (int)role;
}

/* Only root writes to the run folder, or the one user under which all roles run. Each role has its
 * own folder there. So no other user can take a role's place while it does not run. */
static enum status make_run_folders(const struct config *config,
                                    const struct launch_users *users,
                                    enum launch_part part, struct error *err)
{
    const struct folder run = { config->run, RUN_MODE, 0, 0 };
    enum status status = folder_make(&run, users->apart, err);
    if (!status && users->apart) /* all roles wrote there in early versions */
        status = folder_close(&run, err);
    if (!status)
        status = folder_guard(config->run, err);
    /* Roles may be started at the same time, and each makes the folders of all. None is to find
     * what another one has half made, or to remove what a role has put there since. */
    CLEANUP(file_closep) int lock = -1;
    if (!status && users->apart)
        status = folder_lock(config->run, &lock, err);
    if (!status && (users->apart || part == LAUNCH_ALL))
        status = make_run_folder(config, users, "parent", NULL, 0, err);
    for (enum role role = 0; role < ROLE_COUNT && !status; role++) {
        const struct identity *as = &users->of[role];
        gid_t gid = users->of[role_traits[role].reached_by].gid;
        if (is_wanted(part, role, users->apart) && role_is_expected(config, role))
            status = make_run_folder(config, users, role_names[role], as, gid, err);
    }
    return status;
}

enum status launch_make_tls_folder(const struct config *config,
                                   const struct launch_users *users, struct error *err)
{
    const struct identity *tls = &users->of[ROLE_TLS];
    const struct folder folder = { config->tls_folder, 0700, tls->uid, tls->gid };
    enum status status = folder_make(&folder, users->apart, err);
    if (status || !users->apart)
        return status;
    return folder_expect_owner(config->tls_folder, tls->uid, config->tls_user, err);
}

enum status launch_make_folders(const struct config *config,
                                const struct launch_users *users, enum launch_part part,
                                launch_data_fn make_data, struct error *err)
{
    enum status status = make_data(config, users, part, err);
    if (!status && (users->apart || part != LAUNCH_ONCE))
        status = make_run_folders(config, users, part, err);
    return status;
}

/* ----- sockets ----- */

enum status launch_bind(const struct config *config, enum role role,
                        struct launch_sockets *out, struct error *err)
{
    out->count = 0;
    return role_traits[role].bind ? role_traits[role].bind(config, out, err) : OK;
}

void launch_drop_unused(void)
{
    size_t count = inherit_close_rest();
    if (count)
        log_warning("sockets-unused", LOG_NUMBER("count", count),
                    LOG_TEXT("why", "inherited, but in no listen list"));
}

struct pulse *launch_pulse(const struct config *config, const char *name,
                           struct loop *loop)
{
    const struct pulse_options options = {
        .loop = loop, .name = name, .limit_ms = (int64_t)config->hang_after_s * MS_PER_S
    };
    return pulse_start(&options);
}

/* ----- the whole ----- */

static enum status become(const struct launch_users *users, enum role role,
                          struct error *err)
{
    if (!users->apart)
        return privileges_drop(err);
    if (identity_become(&users->of[role]))
        return OK;
    return FAIL(err, ERR_DENIED, "cannot become the user of %s: %s", role_names[role],
                strerror(errno));
}

static enum status make_ready(const struct config *config, struct launch_users *users,
                              enum launch_part part, launch_data_fn make_data,
                              struct error *err)
{
    enum status status = launch_find_users(config, users, err);
    return status ? status : launch_make_folders(config, users, part, make_data, err);
}

enum status launch_become(const struct config *config, enum role as, struct error *err)
{
    struct launch_users users;
    enum status status = launch_find_users(config, &users, err);
    return status ? status : become(&users, as, err);
}

enum status launch_once(const struct config *config, enum role as,
                        launch_data_fn make_data, struct error *err)
{
    struct launch_users users;
    enum status status = make_ready(config, &users, LAUNCH_ONCE, make_data, err);
    return status ? status : become(&users, as, err);
}

enum status launch_role(const struct config *config, enum role role,
                        launch_data_fn make_data, struct error *err)
{
    struct launch_sockets sockets;
    enum status status = launch_bind(config, role, &sockets, err);
    if (status)
        return status;
    launch_drop_unused();
    for (size_t i = 0; i < sockets.count && !status; i++)
        status = inherit_put(sockets.list[i].fd, err);
    struct launch_users users;
    if (!status)
        status = make_ready(config, &users, (enum launch_part)role, make_data, err);
    if (!status)
        status = become(&users, role, err);
    if (!status)
        pulse_connect();
    return status;
}
