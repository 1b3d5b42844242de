// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/rolling.h"

#include "base/json.h"
#include "run/status.h"
#include "server/role.h"

enum {
    LOOK_MS = 20,
    PATIENCE_MS = 30000, /* for a role to say that it runs */
    GRACE_MS = 10000
};

static const enum role order[] = { ROLE_ANSWER, ROLE_PUBLISH, ROLE_FRONT };

static const char *role_of(const struct rolling *rolling)
{
    return role_names[order[rolling->step]];
}

/* What the role's status file says of this very process. */
static bool says_running(const struct rolling *rolling, pid_t pid)
{
    CLEANUP(json_freep) struct json *status = NULL;
    bool alive = false;
    int64_t number = 0;
    struct str state = STR("");
    return !status_read(rolling->config, role_of(rolling), &status, &alive, NULL) &&
           json_as_number(json_get(status, "pid"), &number) && number == pid &&
           json_as_text(json_get(status, "state"), &state) &&
           !str_equal(state, STR("stopping")) && !str_equal(state, STR("stopped"));
}

static void begin_step(struct rolling *rolling)
{
    const char *role = role_of(rolling);
    rolling->before = process_group_pid(rolling->group, role);
    rolling->deadline_ms = loop_now_ms(rolling->loop) + PATIENCE_MS;
    rolling->begun = true;
    process_group_replace(rolling->group, role,
                          role_traits[order[rolling->step]].is_overlapped, GRACE_MS);
}

/* Whether the next role's turn has come. */
static bool end_step(struct rolling *rolling)
{
    const char *role = role_of(rolling);
    pid_t pid = process_group_pid(rolling->group, role);
    bool runs = pid && pid != rolling->before && says_running(rolling, pid);
    if (runs)
        process_group_retire(rolling->group, role, GRACE_MS);
    if (runs && !process_group_is_replacing(rolling->group, role))
        return true;
    if (loop_now_ms(rolling->loop) < rolling->deadline_ms)
        return false;
    log_error("role-not-replaced", LOG_TEXT("role", role));
    process_group_keep_old(rolling->group, role);
    return true;
}

static void look(void *ctx)
{
    struct rolling *rolling = (struct rolling *)ctx;
    if (!rolling->begun) {
        begin_step(rolling);
    } else if (end_step(rolling)) {
        rolling->begun = false;
        rolling->step++;
    }
    if (rolling->step == LENGTH_OF(order))
        log_info("roles-replaced");
    else
        timer_set(&rolling->timer, rolling->loop, loop_now_ms(rolling->loop) + LOOK_MS,
                  look, rolling);
}

void rolling_start(struct rolling *rolling, const struct config *config,
                   struct loop *loop, struct process_group *group)
{
    if (rolling->timer.loop)
        return;
    *rolling = (struct rolling){ .config = config, .loop = loop, .group = group };
    if (!role_is_enabled(config, order[0]))
        rolling->step++;
    timer_set(&rolling->timer, loop, loop_now_ms(loop), look, rolling);
}

void rolling_stop(struct rolling *rolling)
{
    timer_stop(&rolling->timer);
}
