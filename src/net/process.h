// SPDX-License-Identifier: GPL-3.0-or-later
/* process.h - child processes: start one, keep it running, replace it, stop it. No shell. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "net/loop.h"

struct identity;

struct process_socket {
    int fd;
    const char *name; /* for people; has no colon */
};

/* All that it points to is lent, for as long as the child may be started again. */
struct process_options {
    char *const *argv; /* argv[0] is a path; ends with NULL */
    /* "NAME=value", in addition to our environment; ends with NULL. May be NULL. */
    const char *const *environment;
    const struct process_socket *sockets; /* handed over by the convention of inherit.h */
    size_t socket_count;
    const struct identity *as; /* NULL: our own user */
    int error_fd;              /* becomes standard error; 0: the child has ours */
    /* The child leads a process group, and signals go to the whole group. */
    bool own_group;
    /* The signals of loop_signals() wait for the child until it calls that, from its very start:
     * none of them ends a program that has not got so far. */
    bool holds_signals;
};

/* Starts a child. Its standard input is /dev/null, its output and error are ours, and all other
 * descriptors are close-on-exec. It gets our environment, without what systemd gives this process
 * alone (NOTIFY_SOCKET, WATCHDOG_*). It has no signal blocked but with `holds_signals`, and gets
 * SIGTERM when its parent ends (PR_SET_PDEATHSIG). Call this only from the main thread: when the
 * calling thread ends, the kernel acts as if the parent had ended. ERR_NOT_FOUND: there is no such
 * program. ERR_IO. */
MUST_CHECK enum status process_start_with(const struct process_options *options,
                                          pid_t *pid_out, struct error *err);
/* process_start_with() with nothing except arguments. */
MUST_CHECK enum status process_start(char *const argv[], pid_t *pid_out,
                                     struct error *err);

/* Replaces the program of this process. Children stay its children. Only the standard descriptors
 * and the sockets stay open, and a timer that sends a signal is stopped. `as` and `error_fd` are
 * ignored. Returns only on failure. ERR_NOT_FOUND: nothing was changed. ERR_IO: descriptors may
 * have moved, and the process has to end. */
MUST_CHECK enum status process_replace_self(const struct process_options *options,
                                            struct error *err);

/* Children that are started again when they end: the first time at once, then after a pause that
 * doubles from 100 ms to 5 s. A child that ran for 10 s starts without a pause again. The callback
 * gets every start and every end. A child that cannot be started counts as one that ended with
 * status 127, and its pid is 0. The callback must not free the group. */
struct process_group;
typedef void (*process_event_fn)(void *ctx, const char *name, pid_t pid, bool started,
                                 int wait_status);
struct process_group *process_group_new(struct loop *loop, process_event_fn fn,
                                        void *ctx);
/* Kills the children that still run. NULL is fine. */
void process_group_free(struct process_group *group);
CLEANER(process_group_free, struct process_group *)
/* Adds a child and starts it. `name` and what the options point to are kept, not copied. */
void process_group_add(struct process_group *group, const char *name,
                       const struct process_options *options);
/* Adds a child that this process started before an execve(). If `pid` is not a child of ours that
 * runs, a new one is started. */
void process_group_adopt(struct process_group *group, const char *name,
                         const struct process_options *options, pid_t pid);
/* The child's pid. 0: it does not run, or there is no such name. */
pid_t process_group_pid(const struct process_group *group, const char *name);

/* Sends the signal to the child, if it runs. A child that it replaces gets none. */
void process_group_kill(const struct process_group *group, const char *name,
                        int signal_number);

/* Replaces a child. If it does not run, it is started.
 *
 * One after the other: the old child gets SIGTERM, and SIGKILL after `grace_ms`. The new one starts
 * when the old one has ended.
 *
 * Overlapped: the new child starts at once. When the caller has seen that it works,
 * process_group_retire() ends the old one. If the new child ends before that, the old one stays. */
void process_group_replace(struct process_group *group, const char *name, bool overlapped,
                           int grace_ms);
void process_group_retire(struct process_group *group, const char *name, int grace_ms);
/* Gives up an overlapped replacement: kills the new child, and keeps the old one. */
void process_group_keep_old(struct process_group *group, const char *name);
/* Whether the child of this name is being replaced, or does not run at the moment. */
bool process_group_is_replacing(const struct process_group *group, const char *name);

/* Call it on SIGCHLD. */
void process_group_reap(struct process_group *group);
/* Sends the signal to every child that runs. */
void process_group_signal(struct process_group *group, int signal_number);
/* Sends SIGTERM to all children, and SIGKILL after `grace_ms`. None is started again. Calls `done`
 * when the last one has ended (at once if none runs). `done` may free the group. */
void process_group_stop(struct process_group *group, int grace_ms,
                        void (*done)(void *ctx), void *ctx);
