// SPDX-License-Identifier: GPL-3.0-or-later
/* Keeps children running. A member is one name. It has at most two processes: the present one, and
 * an old one that is being replaced. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "net/privileges.h"
#include "net/process.h"

enum {
    PAUSE_FIRST_MS = 100,
    PAUSE_LAST_MS = 5000,
    STEADY_MS = 10000,      /* a child that ran so long starts again at once */
    START_FAILED = 127 << 8 /* the wait status of a child that exits with 127 */
};

struct member {
    struct process_group *group;
    struct member *next;
    const char *name;
    struct process_options options;
    pid_t pid;     /* 0: it does not run */
    pid_t old_pid; /* of the child that is being replaced; 0: there is none */
    int64_t since_ms;
    int64_t pause_ms;      /* before the next start */
    struct timer again;    /* set while it waits for its next start */
    struct timer patience; /* set while the old one ends after SIGTERM */
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
        timer_stop(&member->patience);
        if (member->pid)
            (void)waitpid(member->pid, NULL, 0);
        if (member->old_pid)
            (void)waitpid(member->old_pid, NULL, 0);
        mem_free(member);
    }
    mem_free(group);
}

static void tell_group(const struct member *member, pid_t pid, bool started,
                       int wait_status)
{
    struct process_group *group = member->group;
    group->fn(group->ctx, member->name, pid, started, wait_status);
}

static void signal_pid(const struct member *member, pid_t pid, int signal_number)
{
    if (pid)
        (void)identity_kill(member->options.as, pid, signal_number);
}

static pid_t take_pid(pid_t *held)
{
    pid_t pid = *held;
    *held = 0;
    return pid;
}

/* ----- start ----- */

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

/* If the successor fails, the old child takes its place back. False: there is none that could. */
static bool keep_old(struct member *member)
{
    if (!member->old_pid || member->patience.loop)
        return false;
    member->pid = take_pid(&member->old_pid);
    return true;
}

static void start_member(void *ctx)
{
    struct member *member = ctx;
    member->since_ms = loop_now_ms(member->group->loop);
    bool started = process_start_with(&member->options, &member->pid, NULL) == OK;
    pid_t pid = started ? member->pid : 0;
    if (!started && !keep_old(member))
        start_again(member);
    tell_group(member, pid, started, started ? 0 : START_FAILED);
}

static struct member *add_member(struct process_group *group, const char *name,
                                 const struct process_options *options)
{
    struct member *member = NEW(struct member);
    member->group = group;
    member->name = name;
    member->options = *options;
    member->next = group->first;
    group->first = member;
    return member;
}

void process_group_add(struct process_group *group, const char *name,
                       const struct process_options *options)
{
    start_member(add_member(group, name, options));
}

void process_group_adopt(struct process_group *group, const char *name,
                         const struct process_options *options, pid_t pid)
{
    struct member *member = add_member(group, name, options);
    member->since_ms = loop_now_ms(group->loop);
    if (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0)
        member->pid = pid;
    else
        start_member(member);
}

static struct member *find_member(const struct process_group *group, const char *name)
{
    struct member *at = group->first;
    while (at && strcmp(at->name, name) != 0)
        at = at->next;
    return at;
}

pid_t process_group_pid(const struct process_group *group, const char *name)
{
    const struct member *member = find_member(group, name);
    return member ? member->pid : 0;
}

void process_group_kill(const struct process_group *group, const char *name,
                        int signal_number)
{
    const struct member *member = find_member(group, name);
    if (member)
        signal_pid(member, member->pid, signal_number);
}

/* ----- replace ----- */

static void kill_old(void *ctx)
{
    const struct member *member = ctx;
    signal_pid(member, member->old_pid, SIGKILL);
}

static void end_old(struct member *member, int grace_ms)
{
    struct loop *loop = member->group->loop;
    signal_pid(member, member->old_pid, SIGTERM);
    timer_set(&member->patience, loop, loop_now_ms(loop) + grace_ms, kill_old, member);
}

void process_group_replace(struct process_group *group, const char *name, bool overlapped,
                           int grace_ms)
{
    struct member *member = find_member(group, name);
    if (!member || member->old_pid || group->stopping)
        return;
    timer_stop(&member->again);
    member->pause_ms = 0;
    member->old_pid = take_pid(&member->pid);
    if (overlapped || !member->old_pid)
        start_member(member);
    else
        end_old(member, grace_ms);
}

void process_group_retire(struct process_group *group, const char *name, int grace_ms)
{
    struct member *member = find_member(group, name);
    if (member && member->old_pid && !member->patience.loop)
        end_old(member, grace_ms);
}

void process_group_keep_old(struct process_group *group, const char *name)
{
    const struct member *member = find_member(group, name);
    if (member && member->old_pid && !member->patience.loop)
        signal_pid(member, member->pid, SIGKILL); /* member_ended() does the rest */
}

bool process_group_is_replacing(const struct process_group *group, const char *name)
{
    const struct member *member = find_member(group, name);
    return member && (member->old_pid || !member->pid);
}

/* ----- ends ----- */

static void old_ended(struct member *member, int wait_status)
{
    pid_t pid = take_pid(&member->old_pid);
    timer_stop(&member->patience);
    tell_group(member, pid, false, wait_status);
    if (!member->pid && !member->again.loop && !member->group->stopping)
        start_member(member);
}

static void member_ended(struct member *member, int wait_status)
{
    struct process_group *group = member->group;
    pid_t pid = take_pid(&member->pid);
    if (!group->stopping && !keep_old(member)) {
        if (loop_now_ms(group->loop) - member->since_ms >= STEADY_MS)
            member->pause_ms = 0;
        start_again(member);
    }
    tell_group(member, pid, false, wait_status);
}

static bool runs_any(const struct process_group *group)
{
    for (const struct member *at = group->first; at; at = at->next) {
        if (at->pid || at->old_pid)
            return true;
    }
    return false;
}

/* Its caller does nothing after it: `done` may free the group. */
static void tell_when_stopped(struct process_group *group)
{
    if (!group->stopping || !group->done || runs_any(group))
        return;
    timer_stop(&group->grace);
    void (*done)(void *ctx) = TAKE(group->done);
    done(group->done_ctx);
}

static bool has_ended(pid_t pid, int *wait_status)
{
    return pid && waitpid(pid, wait_status, WNOHANG) == pid;
}

void process_group_reap(struct process_group *group)
{
    for (struct member *at = group->first; at; at = at->next) {
        int wait_status = 0;
        if (has_ended(at->old_pid, &wait_status))
            old_ended(at, wait_status);
        if (has_ended(at->pid, &wait_status))
            member_ended(at, wait_status);
    }
    tell_when_stopped(group);
}

void process_group_signal(struct process_group *group, int signal_number)
{
    for (const struct member *at = group->first; at; at = at->next) {
        signal_pid(at, at->pid, signal_number);
        signal_pid(at, at->old_pid, signal_number);
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
