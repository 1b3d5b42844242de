// SPDX-License-Identifier: GPL-3.0-or-later
/* ending.h - removes accounts whose end has begun (admin_ending_begin()), with all that they own.
 *
 * It works in pieces, each a job of the writer like any other, so that no update waits for a great
 * account. What a process leaves, the next one goes on with. */
#pragma once

#include "change/jobs.h"

struct store;

enum {
    ENDING_PERIOD_MS =
        60000 /* after a failure, such as a host that came to a zone meanwhile */
};

struct ending {
    struct jobs *jobs;       /* NULL: stopped */
    struct store *reader;    /* lent */
    const struct post *post; /* likewise; NULL: no mails are sent */
    struct timer timer;
    bool is_running; /* a piece is with the writer */
    bool is_wanted;  /* another account's end has begun meanwhile */
};

/* Goes on with what is left from before. */
void ending_start(struct ending *ending, struct jobs *jobs, struct store *reader,
                  const struct post *post);
/* The end of an account has begun. */
void ending_go_on(struct ending *ending);
void ending_stop(struct ending *ending);
