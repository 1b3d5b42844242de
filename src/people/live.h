// SPDX-License-Identifier: GPL-3.0-or-later
/* live.h - when each session was used last. A use is noted in memory, and written to the database
 * some minutes later: a request that only reads writes nothing. After a crash a session may look
 * unused for that long. */
#pragma once

#include "change/change.h"

enum {
    LIVE_SLOTS = 1024,
    LIVE_PERIOD_MS = 5 * 60 * 1000
};

struct live_use {
    int64_t id; /* of the session; 0: none */
    int64_t used_s;
    bool written;
};

struct live {
    struct change *change;
    struct loop *loop;
    struct timer timer;
    struct live_use slots[LIVE_SLOTS]; /* by id; a session takes the place of another */
};

void live_start(struct live *live, struct loop *loop, struct change *change);
/* Writes what is left. Before change_stop(). */
void live_stop(struct live *live);
/* The newest use that is known, given the one in the database. */
int64_t live_used(const struct live *live, const struct session_row *row);
void live_note(struct live *live, int64_t session_id, int64_t now_s);
