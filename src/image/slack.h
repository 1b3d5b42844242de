// SPDX-License-Identifier: GPL-3.0-or-later
/* slack.h - what a file has left for changes, for this room alone.
 *
 * Between the records and the tables lie fillers: entries with the key "\0\0", which stand in
 * no table, so that nobody finds them, while who reads the file in order passes over them. A
 * new entry takes the place of a part of one. The tables have more slots than cdb gives them.
 * Both files of a pair are of one layout, so that one `struct slack` is true of either. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "image/format.h"

enum {
    /* A cdb fills its tables to 50 %; these begin at 40 %, and end at seven eighths. */
    SLACK_SLOTS_FOR_TWO = 5, /* slots for two entries */
    SLACK_SLOTS_EXTRA = 32,  /* and for each table: the records of one name share one */
    SLACK_PART = 10,         /* the fillers are one part in so many of the records */
    SLACK_LEAST = 64 << 10,  /* and at least so many bytes */
    FILLER_KEY_SIZE = 2,
    FILLER_HEAD_SIZE = CDB_PAIR_SIZE + FILLER_KEY_SIZE,
    FILLER_SIZE = 30000, /* of a whole one; axfrdns reads at most 32767 bytes of data */
};

struct slack {
    uint32_t next, begin, end; /* of the fillers; `next` begins one, or is `end` */
    uint32_t used[CDB_TABLES], built[CDB_TABLES], slots[CDB_TABLES]; /* of the tables */
    unsigned worst; /* table room used up, in percent of what there was */
};

static inline uint32_t slack_slots_for(uint32_t entries)
{
    return (entries * SLACK_SLOTS_FOR_TWO + 1) / 2 + SLACK_SLOTS_EXTRA;
}

/* 0 to 100: how much of the scarcer of space and slots is used up. */
unsigned slack_used_percent(const struct slack *slack);
/* Whether one more entry fits into the table; counts it then. */
bool slack_take_slot(struct slack *slack, uint32_t table);
