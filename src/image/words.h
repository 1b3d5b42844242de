// SPDX-License-Identifier: GPL-3.0-or-later
/* words.h - what the writer and the readers of a pair of files share, for this room alone.
 *
 * A file has a number, its id; the lowest bit of it is its slot, and there is never more than
 * one file in use of a slot. The count of a slot is odd while its file is being written to
 * (a sequence lock). */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum {
    WORDS_MAGIC = 0x526f7631,
    WORDS_SLOTS = 2,
};

struct words {
    uint32_t magic;
    _Atomic uint32_t live; /* id of the file; 0: none yet */
    _Atomic uint32_t counts[WORDS_SLOTS];
    _Atomic uint64_t generation;
};

static inline unsigned words_slot(uint32_t id)
{
    return id % WORDS_SLOTS;
}
