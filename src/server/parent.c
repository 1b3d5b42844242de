// SPDX-License-Identifier: GPL-3.0-or-later
/* The parent reads nothing from outside: it binds the sockets, starts the roles, and starts
 * again what ended.
 *
 * On SIGUSR2 it replaces itself by the program that now stands under its name, as the same
 * process: sockets and roles go along, and the next one restarts the roles in turn. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "net/loop.h"
#include "net/process.h"
#include "server/launch.h"
#include "server/role.h"
#include "server/rolling.h"
#include "server/sandbox.h"
#include "server/status.h"

#define ADOPT_VARIABLE "ROVE_ROLES" /* pids of running roles, in the order of enum role */

enum {
    GRACE_MS = 10000,
    ARGS_MAX = 6
};

struct parent {
    struct config *config;
    const char *program;
    struct loop *loop;
    struct process_group *group;
    struct launch_users users;
    struct launch_sockets sockets[ROLE_COUNT];
    struct process_options options[ROLE_COUNT];
    char *args[ROLE_COUNT][ARGS_MAX];
    struct rolling rolling;
    bool stopping;
};

static void note_child(void *ctx, const char *name, pid_t pid, bool started,
                       int wait_status)
{
    const struct parent *parent = (const struct parent *)ctx;
    bool meant = parent->stopping || parent->rolling.timer.loop;
    enum log_level level = meant ? LOG_INFO : LOG_WARNING;
    if (started)
        log_info("role-started", LOG_TEXT("role", name), LOG_NUMBER("pid", pid));
    else if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSYS)
        log_error("role-ended", LOG_TEXT("role", name), LOG_NUMBER("pid", pid),
                  LOG_NUMBER("signal", SIGSYS),
                  LOG_TEXT("why", "a system call that its sandbox forbids"));
    else if (WIFSIGNALED(wait_status))
        log_at(level, "role-ended", LOG_TEXT("role", name), LOG_NUMBER("pid", pid),
               LOG_NUMBER("signal", WTERMSIG(wait_status)));
    else
        log_at(level, "role-ended", LOG_TEXT("role", name), LOG_NUMBER("pid", pid),
               LOG_NUMBER("code", WEXITSTATUS(wait_status)));
}

static void all_gone(void *ctx)
{
    loop_stop(((struct parent *)ctx)->loop);
}

/* ---- replacing itself ------------------------------------------------------------------ */

static size_t collect_sockets(const struct parent *parent,
                              struct process_socket out[INHERIT_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < ROLE_COUNT; i++)
        for (size_t j = 0; j < parent->sockets[i].count && count < INHERIT_MAX; j++)
            out[count++] = parent->sockets[i].list[j];
    return count;
}

/* Whether the program and the configuration that stand there now go together, and could start
 * with what we have. */
static bool is_sound(const struct parent *parent)
{
    struct process_socket sockets[INHERIT_MAX];
    char *const args[] = { parent->args[0][0], parent->args[0][1], parent->args[0][2],
                           (char *)(uintptr_t) "--check-config", NULL };
    struct error err;
    pid_t pid = 0;
    int wait_status = -1;
    const struct process_options options = {
        .argv = args, .sockets = sockets, .socket_count = collect_sockets(parent, sockets)
    };
    if (process_start_with(&options, &pid, &err)) {
        log_error("not-replaced", LOG_TEXT("why", err.text));
        return false;
    }
    if (waitpid(pid, &wait_status, 0) == pid && wait_status == 0)
        return true;
    log_error("not-replaced", LOG_TEXT("why", "--check-config complains"));
    return false;
}

static void replace_self(struct parent *parent)
{
    if (parent->rolling.timer.loop)
        log_warning("not-replaced", LOG_TEXT("why", "a restart goes on already"));
    if (parent->stopping || parent->rolling.timer.loop || !is_sound(parent))
        return;
    struct process_socket sockets[INHERIT_MAX];
    char storage[sizeof(ADOPT_VARIABLE) + (size_t)ROLE_COUNT * 12];
    struct buf roles = BUF_ON(storage);
    buf_put_text(&roles, ADOPT_VARIABLE "=");
    for (size_t i = 0; i < ROLE_COUNT; i++)
        buf_printf(&roles, "%s%d", i ? "," : "",
                   (int)process_group_pid(parent->group, role_names[i]));
    char *const args[] = { parent->args[0][0], parent->args[0][1], parent->args[0][2],
                           NULL };
    const char *const environment[] = { buf_text(&roles), NULL };
    const struct process_options options = { .argv = args,
                                             .environment = environment,
                                             .sockets = sockets,
                                             .socket_count =
                                                 collect_sockets(parent, sockets) };
    struct error err;
    log_info("replacing");
    enum status status = process_replace_self(&options, &err);
    log_error("not-replaced", LOG_TEXT("why", err.text));
    if (status == ERR_IO) /* the supervisor starts all of us anew */
        _exit(EXIT_TROUBLE);
}

/* The pids that the one before us has left; zeros when there was none. */
static bool take_roles(pid_t pids[ROLE_COUNT])
{
    const char *text = getenv(ADOPT_VARIABLE);
    struct str rest = str_from(text ? text : ""), one;
    for (size_t i = 0; i < ROLE_COUNT && str_next(&rest, ',', &one); i++) {
        uint64_t pid = 0;
        if (!str_to_u64(one, INT32_MAX, &pid))
            pids[i] = (pid_t)pid;
    }
    (void)unsetenv(ADOPT_VARIABLE);
    return text != NULL;
}

/* ---- signals --------------------------------------------------------------------------- */

static void reload(struct parent *parent)
{
    config_log_reload(parent->config, false);
    process_group_signal(parent->group, SIGHUP);
}

static void take_signal(void *ctx, int number)
{
    struct parent *parent = (struct parent *)ctx;
    if (number == SIGCHLD) {
        process_group_reap(parent->group);
    } else if (number == SIGHUP) {
        reload(parent);
    } else if (number == SIGUSR2) {
        replace_self(parent);
    } else if (!parent->stopping) {
        log_info("stopping");
        parent->stopping = true;
        rolling_stop(&parent->rolling);
        process_group_stop(parent->group, GRACE_MS, all_gone, parent);
    }
}

/* ---- start ----------------------------------------------------------------------------- */

static bool is_enabled(const struct parent *parent, enum role role)
{
    return role != ROLE_ANSWER || parent->config->dns_count > 0;
}

static void describe_role(struct parent *parent, enum role role)
{
    const char *const args[ARGS_MAX] = { parent->program, "-c", parent->config->file,
                                         "--role", role_names[role] };
    /* exec() takes char *const[] and changes nothing. */
    for (size_t i = 0; i < ARGS_MAX; i++)
        parent->args[role][i] = (char *)(uintptr_t)args[i];
    parent->options[role] = (struct process_options){
        .argv = parent->args[role],
        .sockets = parent->sockets[role].list,
        .socket_count = parent->sockets[role].count,
        .as = parent->users.apart ? &parent->users.of[role] : NULL,
    };
}

static enum status prepare(struct parent *parent, struct error *err)
{
    enum status status = launch_find_users(parent->config, &parent->users, err);
    if (!status)
        status = launch_make_folders(parent->config, &parent->users, err);
    for (enum role role = 0; role < ROLE_COUNT && !status; role++)
        status = launch_bind(parent->config, role, &parent->sockets[role], err);
    if (status)
        return status;
    launch_drop_unused();
    for (enum role role = 0; role < ROLE_COUNT; role++)
        launch_clear_others(parent->config, &parent->users, role);
    if (parent->users.apart)
        status = privileges_limit(err);
    return status ? status : loop_signals(parent->loop, take_signal, parent, err);
}

/* What a parent before us gave up stays so, over execve(). */
static enum status start_roles(struct parent *parent, struct error *err)
{
    pid_t pids[ROLE_COUNT] = { 0 };
    bool follows = take_roles(pids);
    enum status status = follows ? OK : sandbox_enter_parent(parent->config, err);
    if (status)
        return status;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        describe_role(parent, role);
        if (is_enabled(parent, role))
            process_group_adopt(parent->group, role_names[role], &parent->options[role],
                                pids[role]);
        else if (pids[role] > 0)
            (void)identity_kill(parent->options[role].as, pids[role], SIGTERM);
    }
    if (follows)
        rolling_start(&parent->rolling, parent->config, parent->loop, parent->group);
    return OK;
}

int run_parent(struct config *config, const char *program)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    struct parent parent = { .config = config, .program = program, .loop = loop };
    CLEANUP(process_group_freep)
    struct process_group *group = process_group_new(loop, note_child, &parent);
    parent.group = group;
    struct error err;
    enum status status = prepare(&parent, &err);
    if (!status)
        status = start_roles(&parent, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
        return EXIT_TROUBLE;
    }
    status_save(config, "parent", status_new("parent", "running"));
    loop_run(loop);
    status_save(config, "parent", status_new("parent", "stopped"));
    return EXIT_OK;
}
