// SPDX-License-Identifier: GPL-3.0-or-later
/* history_index.h - where in the history file each zone's steps are. For history*.c.
 *
 * Its size is bounded: it forgets the oldest steps first. A step that it does not know is treated
 * as missing from the file. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "image/history_frame.h"

enum {
    INDEX_STEPS_MAX = 1 << 18,
    INDEX_NONE = -1,
};

struct index_step {
    uint64_t at; /* in the file */
    uint32_t n;  /* bytes of the frame */
    uint32_t from, to;
    int32_t previous; /* the step that led to `from`; INDEX_NONE: none does */
};

struct index_zone {
    struct str name; /* owned */
    int32_t last;    /* the last step; INDEX_NONE: there is none */
    bool is_gap;     /* there is none because the file says that there is a gap */
};

/* All zeros: empty. */
struct history_index {
    struct index_step *steps;
    size_t step_count, step_room;
    struct index_zone *zones; /* hashed; a power of two */
    size_t zone_count, zone_room;
};
void index_clear(struct history_index *index);
void index_add(struct history_index *index, const struct frame *frame, uint64_t at,
               size_t n);
/* NULL: no step and no gap of that zone was added. */
const struct index_zone *index_find(const struct history_index *index,
                                    const struct name *zone);
