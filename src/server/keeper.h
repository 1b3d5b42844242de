// SPDX-License-Identifier: GPL-3.0-or-later
/* keeper.h - what the parent knows of each role beyond its pid: whether its loops turn, how often
 * it was started again, and why.
 *
 * Each role has an eventfd of its own to show that it gets on (net/pulse.h), so that none can keep
 * another's silence from being heard. One that shows nothing for config.hang_after_s is killed,
 * and process_group starts it again. While it still starts, which for a big database may take its
 * time, it has ten times as long. */
#pragma once

#include "net/process.h"
#include "server/config.h"
#include "server/launch.h"

struct json;

struct keeper_role {
    int fd;           /* -1: none could be had, and nobody watches */
    bool is_watched;  /* the process has the other end */
    bool was_heard;   /* since it was started */
    bool is_hung;     /* killed, and not gone yet */
    unsigned missing; /* beats, in a row */
    unsigned restarts, hangs;
    int64_t ended_s; /* wall clock, of the last end that was not meant; 0: none */
    char reason[96]; /* of that end */
    char variable[24];
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

/* For config, loop, group, `changed` and ctx set by the caller; `fds` are those that roles which
 * run already have (-1: none), taken. `changed` is called when what keeper_put_status() puts is
 * other than before. */
void keeper_start(struct keeper *keeper, const int fds[ROLE_COUNT]);
void keeper_stop(struct keeper *keeper);

/* Adds the descriptor of the role to its sockets, and the variable that tells of it. */
void keeper_describe(struct keeper *keeper, enum role role,
                     struct launch_sockets *sockets, struct process_options *options);
/* To be told of each start and end; `meant`: we wanted it. */
void keeper_note(struct keeper *keeper, const char *name, bool started, int wait_status,
                 bool meant);
/* Puts the member "roles". */
void keeper_put_status(const struct keeper *keeper, struct json *status);
