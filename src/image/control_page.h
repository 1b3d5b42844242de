// SPDX-License-Identifier: GPL-3.0-or-later
/* control_page.h - what the writer and the readers of a pair of images share, for this room alone.
 *
 * An image has a number, its id; the lowest bit of it is its slot, and there is never more than
 * one image in use of a slot. The count of a slot is odd while its image is being written to
 * (a sequence lock). */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum {
    CONTROL_PAGE_MAGIC = 0x526f7632,
    CONTROL_PAGE_SLOTS = 2,
};

struct control_page {
    uint32_t magic;
    _Atomic uint32_t live; /* id of the image; 0: none yet */
    _Atomic uint32_t counts[CONTROL_PAGE_SLOTS];
    _Atomic uint64_t generation;
    _Atomic uint64_t devices[CONTROL_PAGE_SLOTS],
        inodes[CONTROL_PAGE_SLOTS]; /* the image's file */
};

static inline unsigned control_page_slot(uint32_t id)
{
    return id % CONTROL_PAGE_SLOTS;
}
