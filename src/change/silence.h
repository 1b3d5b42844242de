// SPDX-License-Identifier: GPL-3.0-or-later
/* silence.h - what becomes of hosts that do not call: their owners are told, and their names get
 * other addresses, or none, where the owners wish that.
 *
 * The database keeps what a host said last. Its next call puts that back, also one that names the
 * same addresses: the rule sees that they do not stand in DNS (host_rule.h). Only for the files of
 * this room. */
#pragma once

#include "change/jobs.h"
#include "change/resident.h"
#include "post/post.h"

enum {
    SILENCE_BATCH = 64, /* hosts of a job, when those of the last owner are among them */
    SILENCE_BATCH_MAX = 256 /* in any case */
};

struct silent_host {
    int64_t id, owner_id;
    int64_t seen_s; /* when it was judged */
    int64_t over_s; /* since it counts as silent */
    bool acts;      /* its name is to have something else */
    bool tells;     /* its owner is to know */
};

/* Those to whom it is handed, all lent; the writer's thread reads `post`. */
struct silence {
    struct jobs *jobs;
    struct resident *resident;
    const struct post *post; /* NULL: nobody is told, but it is noted */
    void (*done)(void *ctx); /* what was handed over is dealt with, well or not */
    void *ctx;
};

/* Hands up to `count` hosts, sorted by owner, to the writer; *taken: so many of them. ERR_BUSY: the
 * queue is full, and `done` is not called. */
MUST_CHECK enum status silence_note(const struct silence *silence,
                                    const struct silent_host *hosts, size_t count,
                                    size_t *taken);
