// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/restart.h"

#include "base/json.h"
#include "run/status.h"
#include "server/role.h"

enum {
    LOOK_MS = 20,
    PATIENCE_MS = 30000, /* for a role until it reports that it runs */
    GRACE_MS = 10000
};

/* The role whose turn is next; ROLE_COUNT: all have had it. */
static enum role find_next(const struct restart *restart)
{
    enum role next = ROLE_COUNT;
    for (enum role role = 0; role < ROLE_COUNT; role++)
        if (!restart->done[role] &&
            (next == ROLE_COUNT ||
             role_traits[role].restart_turn < role_traits[next].restart_turn))
            next = role;
    return next;
}

static const char *role_of(const struct restart *restart)
{
    return role_names[restart->role];
}

/* Whether the role's status file is of this process, and says that it runs. */
static bool says_running(const struct restart *restart, pid_t pid)
{
    CLEANUP(json_freep) struct json *status = NULL;
    bool alive = false;
    int64_t number = 0;
    struct str state = STR("");
    return !status_read(restart->config, role_of(restart), &status, &alive, NULL) &&
           json_as_number(json_get(status, "pid"), &number) && number == pid &&
           json_as_text(json_get(status, "state"), &state) &&
           !str_equal(state, STR("stopping")) && !str_equal(state, STR("stopped"));
}

static void begin_step(struct restart *restart)
{
    const char *role = role_of(restart);
    restart->before = process_group_pid(restart->group, role);
    restart->deadline_ms = loop_now_ms(restart->loop) + PATIENCE_MS;
    restart->begun = true;
    process_group_replace(restart->group, role, role_traits[restart->role].is_overlapped,
                          GRACE_MS);
}

/* Whether the next role may be restarted. */
static bool end_step(struct restart *restart)
{
    const char *role = role_of(restart);
    pid_t pid = process_group_pid(restart->group, role);
    bool runs = pid && pid != restart->before && says_running(restart, pid);
    if (runs)
        process_group_retire(restart->group, role, GRACE_MS);
    if (runs && !process_group_is_replacing(restart->group, role))
        return true;
    if (loop_now_ms(restart->loop) < restart->deadline_ms)
        return false;
    log_error("role-not-replaced", LOG_TEXT("role", role));
    process_group_keep_old(restart->group, role);
    return true;
}

static void look(void *ctx)
{
    struct restart *restart = (struct restart *)ctx;
    if (!role_is_enabled(restart->config, restart->role)) {
        restart->done[restart->role] = true;
    } else if (!restart->begun) {
        begin_step(restart);
    } else if (end_step(restart)) {
        restart->begun = false;
        restart->done[restart->role] = true;
    }
    restart->role = find_next(restart);
    if (restart->role == ROLE_COUNT)
        log_info("roles-replaced");
    else
        timer_set(&restart->timer, restart->loop, loop_now_ms(restart->loop) + LOOK_MS,
                  look, restart);
}

void restart_start(struct restart *restart, const struct config *config,
                   struct loop *loop, struct process_group *group)
{
    if (restart->timer.loop)
        return;
    *restart = (struct restart){ .config = config, .loop = loop, .group = group };
    restart->role = find_next(restart);
    timer_set(&restart->timer, loop, loop_now_ms(loop), look, restart);
}

void restart_stop(struct restart *restart)
{
    timer_stop(&restart->timer);
}
