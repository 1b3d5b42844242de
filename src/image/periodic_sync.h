// SPDX-License-Identifier: GPL-3.0-or-later
/* periodic_sync.h - brings two files that are changed in place to the disk from time to time, for this
 * room alone. What a loss of power may damage stays little, whenever the kernel would do it by
 * itself. Changes go on meanwhile. A failure is no harm: the next time may be better. */
#pragma once

#include <stdint.h>

#include "image/flush.h"

/* Empty, it is all zeros. */
struct periodic_sync {
    struct flush *flush; /* NULL: none now */
    int64_t due_ms;      /* 0: nothing has changed since the last one was begun */
    int64_t from_ms;     /* when that was */
    int64_t pause_ms;    /* before the next one */
};

/* The files have changed. */
void periodic_sync_changed(struct periodic_sync *sync, int64_t now_ms);
/* Begins when it is time. The descriptors are lent for the call; -1: no file. */
void periodic_sync_work(struct periodic_sync *sync, int64_t now_ms, int first,
                        int second);
void periodic_sync_done(struct periodic_sync *sync);
