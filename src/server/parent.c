// SPDX-License-Identifier: GPL-3.0-or-later
/* The parent binds the sockets, starts the roles, and starts a role again when it has ended. It
 * reads nothing from outside.
 *
 * On SIGUSR2 it replaces its program by the one that its path has now. It stays the same process,
 * and keeps sockets and roles. The new program then restarts the roles one after the other. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "net/loop.h"
#include "net/process.h"
#include "net/pulse.h"
#include "run/status.h"
#include "server/keeper.h"
#include "server/launch.h"
#include "server/launch_data.h"
#include "server/parent.h"
#include "server/restart.h"
#include "server/role.h"
#include "server/sandbox.h"

/* For the next program: the pids of running roles, in the order of enum role, and FD:MS for their
 * beats (inherit.h). */
#define ADOPT_VARIABLE "ROVE_ROLES"
#define PULSES_VARIABLE "ROVE_PULSES"

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
    struct restart restart;
    struct keeper keeper;
    struct keeper_former former[ROLE_COUNT];
    bool follows; /* we have replaced an earlier program in this process */
    bool stopping;
};

static void tell_status(void *ctx)
{
    const struct parent *parent = (const struct parent *)ctx;
    struct json *status = status_new("parent", "running");
    keeper_put_status(&parent->keeper, status);
    status_save(parent->config, "parent", status);
}

static void note_child(void *ctx, const char *name, pid_t pid, bool started,
                       int wait_status)
{
    struct parent *parent = (struct parent *)ctx;
    bool meant = parent->stopping || parent->restart.timer.loop;
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
    const struct keeper_event event = {
        .pid = pid, .started = started, .meant = meant, .wait_status = wait_status
    };
    keeper_note(&parent->keeper, name, &event);
}

static void all_gone(void *ctx)
{
    loop_stop(((struct parent *)ctx)->loop);
}

/* ----- replacing itself ----- */

static size_t collect_sockets(const struct parent *parent,
                              struct process_socket out[INHERIT_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < ROLE_COUNT; i++)
        for (size_t j = 0; j < parent->sockets[i].count && count < INHERIT_MAX; j++)
            out[count++] = parent->sockets[i].list[j];
    return count;
}

/* Whether the program and the configuration on disk fit together, and could start with the sockets
 * that we have. */
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
    if (parent->restart.timer.loop)
        log_warning("not-replaced", LOG_TEXT("why", "a restart goes on already"));
    if (parent->stopping || parent->restart.timer.loop || !is_sound(parent))
        return;
    struct process_socket sockets[INHERIT_MAX];
    char storage[sizeof(ADOPT_VARIABLE) + (size_t)ROLE_COUNT * 12];
    char more[sizeof(PULSES_VARIABLE) + (size_t)ROLE_COUNT * 36];
    struct buf roles = BUF_ON(storage), pulses = BUF_ON(more);
    buf_put_text(&roles, ADOPT_VARIABLE "=");
    buf_put_text(&pulses, PULSES_VARIABLE "=");
    size_t fd = INHERIT_FIRST;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        buf_printf(&roles, "%s%d", role ? "," : "",
                   (int)process_group_pid(parent->group, role_names[role]));
        fd += parent->sockets[role].count; /* the last of these is its eventfd */
        buf_printf(&pulses, "%s%zu:%lld", role ? "," : "", fd - 1,
                   (long long)keeper_limit_ms(&parent->keeper, role));
    }
    char *const args[] = { parent->args[0][0], parent->args[0][1], parent->args[0][2],
                           NULL };
    const char *const environment[] = { buf_text(&roles), buf_text(&pulses), NULL };
    const struct process_options options = { .argv = args,
                                             .environment = environment,
                                             .sockets = sockets,
                                             .socket_count =
                                                 collect_sockets(parent, sockets) };
    struct error err;
    log_info("replacing");
    enum status status = process_replace_self(&options, &err);
    log_error("not-replaced", LOG_TEXT("why", err.text));
    if (status == ERR_IO) /* the supervisor starts everything again */
        _exit(EXIT_TROUBLE);
}

/* The next item of a list; empty if there is no other. */
static struct str next_piece(struct str *rest)
{
    struct str piece;
    return str_next(rest, ',', &piece) ? piece : STR("");
}

/* Takes over the roles that the program before us has left running, and their eventfds. This comes
 * before unused sockets are closed. */
static void take_over(struct parent *parent)
{
    const char *roles = getenv(ADOPT_VARIABLE), *pulses = getenv(PULSES_VARIABLE);
    struct str pids = str_from(roles ? roles : ""), more = str_from(pulses ? pulses : "");
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        struct keeper_former *former = &parent->former[role];
        uint64_t pid = 0;
        bool found = !str_to_u64(next_piece(&pids), INT32_MAX, &pid);
        former->pid = found ? (pid_t)pid : 0;
        former->pulse = inherit_parse_pulse(next_piece(&more));
        former->pulse.fd = former->pulse.fd ? inherit_take_fd(former->pulse.fd) : -1;
    }
    parent->follows = roles != NULL;
    (void)unsetenv(ADOPT_VARIABLE);
    (void)unsetenv(PULSES_VARIABLE);
    keeper_start(&parent->keeper, parent->former);
}

/* ----- signals ----- */

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
        restart_stop(&parent->restart);
        process_group_stop(parent->group, GRACE_MS, all_gone, parent);
    }
}

/* ----- start ----- */

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
        .holds_signals = true, /* a reload may come before the role has begun */
    };
    keeper_describe(&parent->keeper, role, &parent->sockets[role],
                    &parent->options[role]);
}

static enum status prepare(struct parent *parent, struct error *err)
{
    enum status status = launch_find_users(parent->config, &parent->users, err);
    if (!status)
        status = launch_make_folders(parent->config, &parent->users, LAUNCH_ALL,
                                     launch_make_data, err);
    for (enum role role = 0; role < ROLE_COUNT && !status; role++)
        status = launch_bind(parent->config, role, &parent->sockets[role], err);
    if (status)
        return status;
    launch_drop_unused();
    if (parent->users.apart)
        status = privileges_limit(err);
    return status ? status : loop_signals(parent->loop, take_signal, parent, err);
}

/* If we have replaced an earlier program, its sandbox is still in force. */
static enum status start_roles(struct parent *parent, struct error *err)
{
    enum status status = parent->follows ? OK : sandbox_enter_parent(parent->config, err);
    if (status)
        return status;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        describe_role(parent, role);
        if (role_is_enabled(parent->config, role)) {
            process_group_adopt(parent->group, role_names[role], &parent->options[role],
                                parent->former[role].pid);
            keeper_find(&parent->keeper, role);
        } else if (parent->former[role].pid > 0) {
            (void)identity_kill(parent->options[role].as, parent->former[role].pid,
                                SIGTERM);
        }
    }
    if (parent->follows)
        restart_start(&parent->restart, parent->config, parent->loop, parent->group);
    return OK;
}

int run_parent(struct config *config, const char *program)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    /* Too much for a stack. */
    CLEANUP(mem_freep) struct parent *parent = NEW(struct parent);
    parent->config = config;
    parent->program = program;
    parent->loop = loop;
    CLEANUP(process_group_freep)
    struct process_group *group = process_group_new(loop, note_child, parent);
    parent->group = group;
    parent->keeper = (struct keeper){ .config = config,
                                      .loop = loop,
                                      .group = group,
                                      .changed = tell_status,
                                      .ctx = parent };
    take_over(parent);
    struct error err;
    enum status status = prepare(parent, &err);
    if (!status)
        status = start_roles(parent, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
        keeper_stop(&parent->keeper);
        return EXIT_TROUBLE;
    }
    tell_status(parent);
    struct pulse *pulse = launch_pulse(config, "parent", loop);
    loop_run(loop);
    pulse_stop(pulse);
    keeper_stop(&parent->keeper);
    status_save(config, "parent", status_new("parent", "stopped"));
    return EXIT_OK;
}
