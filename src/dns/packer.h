// SPDX-License-Identifier: GPL-3.0-or-later
/* packer.h - writes records into a message, and compresses names (RFC 1035 4.1.4).
 *
 * It compresses owners, and names in the data of the types of RFC 1035 (RFC 3597 4). A pointer may
 * lead to a name that differs in case, as the question is repeated as it was sent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
    /* Names that pointers can lead to; further names are written out. */
    PACKER_PLACES = 64
};

struct packer {
    uint8_t *at;
    size_t size, n;                 /* bytes of storage, and bytes in use */
    uint16_t class;                 /* of all records; IN unless the caller sets it */
    size_t count;                   /* of `places` */
    uint16_t places[PACKER_PLACES]; /* positions of names, and of ends of names */
};

/* Begins behind the first `n` of the `size` bytes at `at`: they are a header and perhaps a
 * question, whose name is at `name_at` (0: there is none). */
void packer_begin(struct packer *packer, uint8_t *at, size_t size, size_t n,
                  size_t name_at);

struct packer_record {
    struct str owner; /* a whole name in lower case */
    uint16_t type;
    uint32_t ttl_s;
    struct str rdata; /* has passed rdata_is_whole() */
};
/* Appends a record of packer->class. False: it does not fit. Part of it may have been written then,
 * and the caller has to go back with packer_undo(). */
bool packer_put(struct packer *packer, const struct packer_record *record);

/* The packer's present state, and the way back to it. */
struct packer_mark {
    size_t n, count;
};
struct packer_mark packer_mark(const struct packer *packer);
void packer_undo(struct packer *packer, struct packer_mark mark);

static inline void packer_write_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8 & 0xff);
    at[1] = (uint8_t)(value & 0xff);
}
