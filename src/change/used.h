// SPDX-License-Identifier: GPL-3.0-or-later
/* used.h - notes that an account is used: somebody has logged in, or asks with one of its tokens. It
 * is written once a day. Only for the files of this room. */
#pragma once

#include "change/jobs.h"

enum {
    USED_KNOWN = 1024 /* accounts that are remembered as written */
};

struct used {
    struct jobs *jobs; /* NULL: not started, or stopped */
    struct {
        int64_t id, day;
    } known[USED_KNOWN];
};

void used_start(struct used *used, struct jobs *jobs);
void used_note(struct used *used, int64_t account_id);
void used_stop(struct used *used);
