// SPDX-License-Identifier: GPL-3.0-or-later
/* control_page.h - a page of shared memory by which readers follow the writer's double buffer.
 * For this room alone.
 *
 * It tells which image is live, and guards each image with a sequence lock: the count of a slot is
 * odd while its image is being written to. An image has a number, its id, whose lowest bit is its
 * slot. At most one image of a slot is in use at a time. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum {
    CONTROL_PAGE_MAGIC = 0x526f7632, /* "Rov2": changes with the layout */
    CONTROL_PAGE_SLOTS = 2,
};

struct control_page {
    uint32_t magic;
    _Atomic uint32_t live;                       /* id of the live image; 0: none yet */
    _Atomic uint32_t counts[CONTROL_PAGE_SLOTS]; /* of the sequence locks */
    _Atomic uint64_t generation;                 /* rises with each change */
    /* Which file each image has. */
    _Atomic uint64_t devices[CONTROL_PAGE_SLOTS], inodes[CONTROL_PAGE_SLOTS];
};

static inline unsigned control_page_slot(uint32_t id)
{
    return id % CONTROL_PAGE_SLOTS;
}
