// SPDX-License-Identifier: GPL-3.0-or-later
/* process.h - children: start one, keep it running, replace it, stop it. No shell. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "net/loop.h"

struct identity;

struct process_socket {
    int fd;
    const char *name; /* for people; no colon in it */
};

/* All lent, and as long as the child may be started again. */
struct process_options {
    char *const *argv; /* argv[0] is a path; ends with NULL */
    const char *const
        *environment; /* "NAME=value" in addition to ours, ends with NULL; may
                                       be NULL */
    const struct process_socket *sockets; /* handed over by the convention of inherit.h */
    size_t socket_count;
    const struct identity *as; /* NULL: as we are */
    int error_fd;              /* becomes standard error; 0: ours does */
    bool own_group; /* leads a process group, and is signalled with all in it */
};

/* Starts a child; standard input is /dev/null, output and error are ours; every other
 * descriptor is close-on-exec, and of the environment what systemd says to us alone
 * (NOTIFY_SOCKET, WATCHDOG_*) stays behind. The child dies with its parent (PR_SET_PDEATHSIG SIGTERM) and
 * starts with no signal blocked. Call it from the main thread: the kernel takes the end of the
 * calling thread for the parent's. ERR_NOT_FOUND: no such program. ERR_IO. */
MUST_CHECK enum status process_start_with(const struct process_options *options,
                                          pid_t *pid_out, struct error *err);
/* The same with nothing but arguments. */
MUST_CHECK enum status process_start(char *const argv[], pid_t *pid_out,
                                     struct error *err);

/* Becomes the program, as the same process: children stay children, of descriptors only
 * standard ones and the sockets go along, and no timer that sends a signal. `as` and `error_fd` are not looked at. Returns only on
 * failure: ERR_NOT_FOUND before anything was done; with ERR_IO descriptors may have moved, and
 * the process has to end. */
MUST_CHECK enum status process_replace_self(const struct process_options *options,
                                            struct error *err);

/* Children that are started again when they end: at once the first time, then after a pause
 * that doubles from 100 ms to 5 s and falls back after 10 s of life. The callback hears of
 * every start and every end; a child that cannot be started is told as one that ended with
 * status 127, with pid 0. It must not free the group. */
struct process_group;
typedef void (*process_event_fn)(void *ctx, const char *name, pid_t pid, bool started,
                                 int wait_status);
struct process_group *process_group_new(struct loop *loop, process_event_fn fn,
                                        void *ctx);
/* Kills what still runs. */
void process_group_free(struct process_group *group);
CLEANER(process_group_free, struct process_group *)
/* Starts it. `name` and what the options point to are kept, not copied. */
void process_group_add(struct process_group *group, const char *name,
                       const struct process_options *options);
/* The same for a child that runs already: of ours before an execve(). What is no child of
 * ours is started. */
void process_group_adopt(struct process_group *group, const char *name,
                         const struct process_options *options, pid_t pid);
/* The child's pid; 0: it does not run, or there is no such name. */
pid_t process_group_pid(const struct process_group *group, const char *name);

/* Sends the signal to the child that runs, if one does, and not to one that it replaces. */
void process_group_kill(const struct process_group *group, const char *name,
                        int signal_number);

/* Replaces a child. One after the other: SIGTERM, SIGKILL after `grace_ms`, and the next
 * starts when it is gone. Overlapped: the next starts at once, and the old one gets its
 * SIGTERM by process_group_retire(), when the caller has seen that the next works; ends the
 * next before, the old one just stays. A child that does not run is started. */
void process_group_replace(struct process_group *group, const char *name, bool overlapped,
                           int grace_ms);
void process_group_retire(struct process_group *group, const char *name, int grace_ms);
/* Gives up an overlapped replacement: kills the next one, and the old one stays. */
void process_group_keep_old(struct process_group *group, const char *name);
/* Whether an old one of this name still runs beside, or instead of, its successor. */
bool process_group_is_replacing(const struct process_group *group, const char *name);

/* Call on SIGCHLD. */
void process_group_reap(struct process_group *group);
/* Sends the signal to every child that runs. */
void process_group_signal(struct process_group *group, int signal_number);
/* SIGTERM to all, SIGKILL after `grace_ms`; nothing is started again. Calls `done` when the
 * last one is gone (at once when none runs); `done` may free the group. */
void process_group_stop(struct process_group *group, int grace_ms,
                        void (*done)(void *ctx), void *ctx);
