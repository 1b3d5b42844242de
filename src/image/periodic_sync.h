// SPDX-License-Identifier: GPL-3.0-or-later
/* periodic_sync.h - brings two files that are changed in place to the disk from time to time. For
 * this room alone.
 *
 * A loss of power can then damage only what the last seconds changed, whatever the kernel does by
 * itself. Changes go on meanwhile. A failure does no harm: the next sync comes soon. */
#pragma once

#include <stdint.h>

#include "image/flush.h"

/* All zeros: nothing has changed yet. */
struct periodic_sync {
    struct flush *flush; /* the sync that runs; NULL: none */
    int64_t due_ms;      /* when the next begins; 0: nothing has changed since the last */
    int64_t from_ms;     /* when the last one began */
    int64_t pause_ms;    /* the least time from there to the next one */
};

/* The files have changed. */
void periodic_sync_changed(struct periodic_sync *sync, int64_t now_ms);
/* Begins a sync when it is due. The descriptors are lent for the call; -1: no file. */
void periodic_sync_work(struct periodic_sync *sync, int64_t now_ms, int first,
                        int second);
void periodic_sync_done(struct periodic_sync *sync);
