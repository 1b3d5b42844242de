// SPDX-License-Identifier: GPL-3.0-or-later
/* The parent reads nothing from outside: it starts the roles, and starts again what ended. */
#include "server/role.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "net/loop.h"
#include "net/process.h"
#include "server/status.h"

enum {
    GRACE_MS = 10000,
    ARGS_MAX = 6
};

struct parent {
    const struct config *config;
    struct loop *loop;
    struct process_group *group;
    bool stopping;
};

static void note_child(void *ctx, const char *name, pid_t pid, bool started,
                       int wait_status)
{
    enum log_level level =
        ((const struct parent *)ctx)->stopping ? LOG_INFO : LOG_WARNING;
    if (started)
        log_info("role-started", LOG_TEXT("role", name), LOG_NUMBER("pid", pid));
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

static void take_signal(void *ctx, int number)
{
    struct parent *parent = (struct parent *)ctx;
    if (number == SIGCHLD) {
        process_group_reap(parent->group);
    } else if (number == SIGHUP) {
        process_group_signal(parent->group, SIGHUP);
    } else if (!parent->stopping) {
        log_info("stopping");
        parent->stopping = true;
        process_group_stop(parent->group, GRACE_MS, all_gone, parent);
    }
}

static void add_role(struct parent *parent, const char *program, const char *role,
                     char *args[ARGS_MAX])
{
    /* exec() takes char *const[] and changes nothing. */
    args[0] = (char *)(uintptr_t)program;
    args[1] = (char *)(uintptr_t) "-c";
    args[2] = (char *)(uintptr_t)parent->config->file;
    args[3] = (char *)(uintptr_t) "--role";
    args[4] = (char *)(uintptr_t)role;
    args[5] = NULL;
    process_group_add(parent->group, role, args);
}

int run_parent(const struct config *config, const char *program)
{
    char *args[3][ARGS_MAX];
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    struct parent parent = { .config = config, .loop = loop };
    CLEANUP(process_group_freep)
    struct process_group *group = process_group_new(loop, note_child, &parent);
    parent.group = group;
    struct error err;
    if (config_make_directories(config, &err) ||
        loop_signals(loop, take_signal, &parent, &err)) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
        return EXIT_TROUBLE;
    }
    status_save(config, "parent", status_new("parent", "running"));
    add_role(&parent, program, "front", args[0]);
    add_role(&parent, program, "publish", args[1]);
    if (config->dns_count)
        add_role(&parent, program, "answer", args[2]);
    loop_run(loop);
    status_save(config, "parent", status_new("parent", "stopped"));
    return EXIT_OK;
}
