// SPDX-License-Identifier: GPL-3.0-or-later
/* keeper.h - what the parent knows of each role beyond its pid: whether its loops turn, how often
 * it was started again, and why.
 *
 * Each role has an eventfd of its own to show that it gets on (net/pulse.h), so that none can keep
 * another's silence from being heard. One that shows nothing for config.hang_after_s is killed,
 * and process_group starts it again. While it still starts, which for a big database may take its
 * time, it has ten times as long. */
#pragma once

#include "config/config.h"
#include "net/process.h"
#include "server/launch.h"

struct json;

struct keeper_role {
    int fd;           /* -1: none could be had, and nobody watches */
    pid_t former_pid; /* who runs from before us, and heeds another limit; 0: is gone */
    int64_t former_limit_ms;
    bool is_watched;  /* the process has the other end */
    bool was_heard;   /* since it was started */
    bool is_hung;     /* killed, and not gone yet */
    unsigned missing; /* beats, in a row */
    unsigned restarts, hangs;
    int64_t ended_s; /* wall clock, of the last end that was not meant; 0: none */
    char reason[96]; /* of that end */
    char variable[48];
    const char *environment[2];
};

struct keeper {
    const struct config *config;
    struct loop *loop;
    struct process_group *group;
    void (*changed)(void *ctx);
    void *ctx;
    struct timer timer;
    struct keeper_role of[ROLE_COUNT];
};

/* A role that ran before we did. */
struct keeper_former {
    pid_t pid; /* 0: it did not */
    struct inherit_pulse pulse;
};

/* For config, loop, group, `changed` and ctx set by the caller. The descriptors of those who run
 * already are taken. `changed` is called when what keeper_put_status() puts is other than
 * before. */
void keeper_start(struct keeper *keeper, const struct keeper_former former[ROLE_COUNT]);
void keeper_stop(struct keeper *keeper);

/* To be called when the group has the role: whether it is the one from before us. */
void keeper_find(struct keeper *keeper, enum role role);
/* Adds the descriptor of the role to its sockets, and the variable that tells of it. */
void keeper_describe(struct keeper *keeper, enum role role,
                     struct launch_sockets *sockets, struct process_options *options);
/* The limit by which the role that runs gives its beats. 0: it gives none. */
int64_t keeper_limit_ms(const struct keeper *keeper, enum role role);
/* To be told of each start and end; `meant`: we wanted it. */
struct keeper_event {
    pid_t pid;
    bool started, meant;
    int wait_status;
};
void keeper_note(struct keeper *keeper, const char *name,
                 const struct keeper_event *event);
/* Puts the member "roles". */
void keeper_put_status(const struct keeper *keeper, struct json *status);
