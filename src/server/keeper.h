// SPDX-License-Identifier: GPL-3.0-or-later
/* keeper.h - what the parent knows of each role besides its pid: whether its loops turn, how often
 * it was started again, and why.
 *
 * Each role shows that its loops turn by an eventfd of its own (net/pulse.h), so that none can hide
 * that another one hangs. A role without beats for config.hang_after_s is killed, and process_group
 * starts it again. Until its first beat a role has ten times as long, since a big database may take
 * long to load. */
#pragma once

#include "config/config.h"
#include "net/process.h"
#include "server/launch.h"

struct json;

/* Only for keeper.c. */
struct keeper_role {
    int fd; /* -1: there is none, and the role is not watched */
    /* The process that our predecessor has started, and its limit. 0: it has ended. */
    pid_t former_pid;
    int64_t former_limit_ms;
    bool is_watched;  /* the process has the other end */
    bool was_heard;   /* there was a beat since its start */
    bool is_hung;     /* it was killed, and has not ended yet */
    unsigned missing; /* beats in a row that did not come */
    unsigned restarts, hangs;
    int64_t ended_s; /* when it last ended by itself, wall clock; 0: never */
    char reason[96]; /* of that end */
    char variable[48];
    const char *environment[2];
};

struct keeper {
    const struct config *config;
    struct loop *loop;
    struct process_group *group;
    /* Called when keeper_put_status() would put something else than before. */
    void (*changed)(void *ctx);
    void *ctx;
    struct timer timer;
    struct keeper_role of[ROLE_COUNT];
};

/* A process of a role that our predecessor has started (process_replace_self()). */
struct keeper_former {
    pid_t pid; /* 0: it does not run */
    struct inherit_pulse pulse;
};

/* The caller has set config, loop, group, `changed` and ctx. Takes the descriptors of the roles
 * that run already. */
void keeper_start(struct keeper *keeper, const struct keeper_former former[ROLE_COUNT]);
void keeper_stop(struct keeper *keeper);

/* Call it when the group has the role: finds out whether its former process still runs. */
void keeper_find(struct keeper *keeper, enum role role);
/* Adds the eventfd to the sockets of the role, and the variable that describes it to its
 * environment. */
void keeper_describe(struct keeper *keeper, enum role role,
                     struct launch_sockets *sockets, struct process_options *options);
/* The limit within which the running role gives its beats. 0: it gives none. */
int64_t keeper_limit_ms(const struct keeper *keeper, enum role role);
/* A start or an end of a role. */
struct keeper_event {
    pid_t pid;
    bool started;
    bool meant; /* we have caused it */
    int wait_status;
};
/* Call it for each start and each end. */
void keeper_note(struct keeper *keeper, const char *name,
                 const struct keeper_event *event);
/* Puts the member "roles". */
void keeper_put_status(const struct keeper *keeper, struct json *status);
