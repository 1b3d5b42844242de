// SPDX-License-Identifier: GPL-3.0-or-later
/* format.h - the numbers of the file's format. For this room alone.
 *
 * A cdb begins with a header of 256 pairs (position, slots), one for each hash table. Then
 * come the records (key length, value length, key, value), then the tables, whose slots are
 * pairs (hash, position of the record); an empty slot has position 0. All of these numbers
 * are 4 bytes, little-endian. What is in a value: image.h. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
    CDB_TABLES = 256,
    CDB_PAIR_SIZE = 8, /* of the header, of a slot, and of a record's two lengths */
    CDB_HEADER_SIZE = CDB_TABLES * CDB_PAIR_SIZE,
    CDB_HASH_START = 5381,

    VALUE_KIND_AT = 2,       /* '=' or '*'; with a location '>' or '+' */
    VALUE_LOCATION_SIZE = 2, /* comes next, if there is one, and moves the rest */
    VALUE_TTL_AT = 3,
    VALUE_RDATA_AT = 15,     /* after TTL and time stamp */
    LOCATION_KEY_SIZE = 6,   /* longest key of a location: "\\0%" and an address */
    WILDCARD_LABEL_SIZE = 2, /* "\1*" */
    MARK_KEY_SIZE = 256,     /* longest key of a mark */
    HIDDEN_KEY_SIZE = 258,   /* longest key of the index or of a note */
};

/* A zone's index and its note have these keys, followed by the zone's name. No mark has such a key,
 * since the root has no mark; and no zone's name begins with the byte 0377 of a note. INDEX_PREFIX
 * alone is the key of a filler (slack.h). */
#define INDEX_PREFIX STR("\0\0")
#define NOTE_PREFIX STR("\0\0\377")
/* The key of an entry without a value: the file has no locations, so that nobody looks for them.
 * No zone's name begins like this either. */
#define NO_LOCATIONS STR("\0\0\376")
/* Likewise: the marks are complete. A name without records exists only if it has a mark. */
#define HAS_MARKS STR("\0\0\375")

static inline uint32_t cdb_hash(uint32_t hash, struct str bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        hash = ((hash << 5) + hash) ^ (uint8_t)bytes.at[i];
    return hash;
}

static inline uint32_t cdb_get(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static inline void cdb_put(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value & 0xff);
    at[1] = (uint8_t)(value >> 8 & 0xff);
    at[2] = (uint8_t)(value >> 16 & 0xff);
    at[3] = (uint8_t)(value >> 24);
}

/* "*.rest" gives "rest", anything else the empty str. */
static inline struct str after_wildcard_label(struct str name)
{
    return str_starts(name, STR("\1*")) ? str_from_at(name, WILDCARD_LABEL_SIZE)
                                        : STR("");
}

/* One label less; the empty str after the root. */
static inline struct str name_above(struct str name)
{
    return str_from_at(name, name.n ? 1U + (uint8_t)name.at[0] : 0);
}
