// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

enum {
    PAUSE_FIRST_MS = 100,
    PAUSE_LAST_MS = 5000,
    STEADY_MS = 10000,       /* who lived so long starts again without a pause */
    START_FAILED = 127 << 8, /* the wait status of a child that exits with 127 */
    EXIT_NOT_STARTED = START_FAILED >> 8 /* as a shell says it */
};

/* In the child, between fork() and execv(): only async-signal-safe calls. */
static void become(char *const argv[], pid_t parent, int report_fd)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_NOT_STARTED); /* it ended before the line above */
    sigset_t none;
    (void)sigemptyset(&none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY); /* may be 0; else close_range() sees to it */
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ||
        execv(argv[0], argv)) {
        int code = errno;
        ssize_t written = write(report_fd, &code, sizeof(code));
        (void)written;
    }
    _exit(EXIT_NOT_STARTED);
}

enum status process_start(char *const argv[], pid_t *pid_out, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return FAIL(err, ERR_IO, "%s: pipe: %s", argv[0], strerror(errno));
    CLEANUP(file_closep) int in = ends[0];
    CLEANUP(file_closep) int out = ends[1];
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return FAIL(err, ERR_IO, "%s: fork: %s", argv[0], strerror(errno));
    if (pid == 0)
        become(argv, parent, out);

    /* execv() closes the child's end: either its error comes or the end of file. */
    file_close(out);
    out = -1;
    int code = 0;
    ssize_t n = 0;
    do {
        n = read(in, &code, sizeof(code));
    } while (n < 0 && errno == EINTR);
    if (n == sizeof(code)) {
        (void)waitpid(pid, NULL, 0);
        return FAIL(err, code == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", argv[0],
                    strerror(code));
    }
    *pid_out = pid;
    return OK;
}

/* Groups */

struct member {
    struct process_group *group;
    struct member *next;
    const char *name;
    char *const *argv;
    pid_t pid; /* 0: does not run */
    int64_t since_ms;
    int64_t pause_ms; /* before the next start */
    struct timer again;
};

struct process_group {
    struct loop *loop;
    process_event_fn fn;
    void *ctx;
    struct member *first;
    bool stopping;
    struct timer grace;
    void (*done)(void *ctx);
    void *done_ctx;
};

struct process_group *process_group_new(struct loop *loop, process_event_fn fn, void *ctx)
{
    struct process_group *group = NEW(struct process_group);
    group->loop = loop;
    group->fn = fn;
    group->ctx = ctx;
    return group;
}

void process_group_free(struct process_group *group)
{
    if (!group)
        return;
    timer_stop(&group->grace);
    process_group_signal(group, SIGKILL);
    while (group->first) {
        struct member *member = group->first;
        group->first = member->next;
        timer_stop(&member->again);
        if (member->pid)
            (void)waitpid(member->pid, NULL, 0);
        mem_free(member);
    }
    mem_free(group);
}

static void start_member(void *ctx);

static void start_again(struct member *member)
{
    struct loop *loop = member->group->loop;
    int64_t pause_ms = member->pause_ms;
    member->pause_ms = pause_ms ? pause_ms * 2 : PAUSE_FIRST_MS;
    if (member->pause_ms > PAUSE_LAST_MS)
        member->pause_ms = PAUSE_LAST_MS;
    timer_set(&member->again, loop, loop_now_ms(loop) + pause_ms, start_member, member);
}

static void start_member(void *ctx)
{
    struct member *member = ctx;
    struct process_group *group = member->group;
    member->since_ms = loop_now_ms(group->loop);
    bool started = process_start(member->argv, &member->pid, NULL) == OK;
    if (!started)
        start_again(member);
    group->fn(group->ctx, member->name, member->pid, started, started ? 0 : START_FAILED);
}

void process_group_add(struct process_group *group, const char *name, char *const argv[])
{
    struct member *member = NEW(struct member);
    member->group = group;
    member->name = name;
    member->argv = argv;
    member->next = group->first;
    group->first = member;
    start_member(member);
}

static void member_ended(struct member *member, int wait_status)
{
    struct process_group *group = member->group;
    pid_t pid = member->pid;
    member->pid = 0;
    if (!group->stopping) {
        if (loop_now_ms(group->loop) - member->since_ms >= STEADY_MS)
            member->pause_ms = 0;
        start_again(member);
    }
    group->fn(group->ctx, member->name, pid, false, wait_status);
}

static bool runs_any(const struct process_group *group)
{
    for (const struct member *at = group->first; at; at = at->next) {
        if (at->pid)
            return true;
    }
    return false;
}

/* Last in its caller: `done` may free the group. */
static void tell_when_stopped(struct process_group *group)
{
    if (!group->stopping || !group->done || runs_any(group))
        return;
    timer_stop(&group->grace);
    void (*done)(void *ctx) = TAKE(group->done);
    done(group->done_ctx);
}

void process_group_reap(struct process_group *group)
{
    for (struct member *at = group->first; at; at = at->next) {
        int wait_status = 0;
        if (at->pid && waitpid(at->pid, &wait_status, WNOHANG) == at->pid)
            member_ended(at, wait_status);
    }
    tell_when_stopped(group);
}

void process_group_signal(struct process_group *group, int signal_number)
{
    for (const struct member *at = group->first; at; at = at->next) {
        if (at->pid)
            (void)kill(at->pid, signal_number);
    }
}

static void lose_patience(void *ctx)
{
    process_group_signal(ctx, SIGKILL);
}

void process_group_stop(struct process_group *group, int grace_ms,
                        void (*done)(void *ctx), void *ctx)
{
    group->stopping = true;
    group->done = done;
    group->done_ctx = ctx;
    for (struct member *at = group->first; at; at = at->next)
        timer_stop(&at->again);
    process_group_signal(group, SIGTERM);
    timer_set(&group->grace, group->loop, loop_now_ms(group->loop) + grace_ms,
              lose_patience, group);
    tell_when_stopped(group);
}
