// SPDX-License-Identifier: GPL-3.0-or-later
/* slack.h - the room that each build leaves for changes. For this room alone.
 *
 * It has two parts. Between the records and the tables lie fillers: entries with the key "\0\0".
 * No table lists them, so no look-up finds them, and a walk in file order passes over them. A new
 * entry takes a piece of a filler. The tables have more slots than cdb would give them.
 *
 * When either part is used up, the image is built anew. How much each build leaves is decided by
 * the constants below; at which fill publish builds anew, by publish/publisher.c.
 *
 * Both images of the double buffer have one layout, so one `struct slack` describes both. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "image/format.h"

enum {
    /* Fillers: one byte for this many bytes of records, but at least SLACK_BYTES_MIN. */
    SLACK_PART = 10,
    SLACK_BYTES_MIN = 64 * 1024,
    /* Tables: a cdb fills them to 50 %. Ours begin at 40 % and may grow to seven eighths. */
    SLACK_SLOTS_FOR_TWO = 5, /* slots for two entries */
    SLACK_SLOTS_EXTRA = 32,  /* and for each table: records of a name share one */
    SLACK_SLOTS_UNUSED = 8,  /* one slot in so many always stays free */

    FILLER_KEY_SIZE = 2,
    FILLER_HEAD_SIZE = CDB_PAIR_SIZE + FILLER_KEY_SIZE,
    FILLER_SIZE = 30000, /* bytes of a whole one; axfrdns reads values up to 32767 */
};

struct slack {
    /* Positions in the file: where the fillers begin and end. `next` is the first filler that
     * is left, or `end`. */
    uint32_t next, begin, end;
    /* For each table: entries now, entries when it was built, and slots. */
    uint32_t used[CDB_TABLES], built[CDB_TABLES], slots[CDB_TABLES];
    unsigned worst_percent; /* how much of its slack the fullest table has used */
};

/* The slots that a table with so many entries is built with. */
static inline uint32_t slack_slots_for(uint32_t entries)
{
    return (entries * SLACK_SLOTS_FOR_TWO + 1) / 2 + SLACK_SLOTS_EXTRA;
}

/* How much of the slack is used, from 0 to 100; of fillers and slots, the part that is scarcer. */
unsigned slack_used_percent(const struct slack *slack);
/* Counts one more entry of the table. False: it is full, and nothing was counted. */
bool slack_take_slot(struct slack *slack, uint32_t table);
