// SPDX-License-Identifier: GPL-3.0-or-later
/* packer.h - records put into a message, names in them compressed (RFC 1035 4.1.4).
 *
 * Compressed are owners, and names in the data of the types of RFC 1035 (RFC 3597 4). What is
 * pointed to may differ in case: a reply repeats the question's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
    PACKER_PLACES = 64 /* of names that can be pointed to; further ones are written out */
};

struct packer {
    uint8_t *at;
    size_t size, n;                 /* bytes that may be used, and that are */
    uint16_t class;                 /* of records; IN until it is said */
    size_t count;                   /* of `places` */
    uint16_t places[PACKER_PLACES]; /* where names, or ends of names, begin */
};

/* Begins behind the first `n` bytes of `at`, of `size`: a header and perhaps a question, whose
 * name stands at `name_at`; 0: there is none. */
void packer_begin(struct packer *packer, uint8_t *at, size_t size, size_t n,
                  size_t name_at);

struct packer_record {
    struct str owner; /* a whole name in lower case */
    uint16_t type;
    uint32_t ttl_s;
    struct str rdata; /* has passed rdata_is_whole() */
};
/* Puts a record of packer->class. False: it does not fit; then a part of it may have been written,
 * and only packer_undo() makes `packer` good again. */
bool packer_put(struct packer *packer, const struct packer_record *record);

/* Where `packer` is now, and back to there. */
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
