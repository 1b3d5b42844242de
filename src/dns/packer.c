// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/packer.h"

#include "base/reader.h"
#include "dns/message.h"
#include "dns/record.h"

#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/dname.h>
#include <libknot/errcode.h>
#include <libknot/rrtype/naptr.h>

enum {
    POINTER = 0xc000,
    POINTER_BITS = 0xc0, /* of a label's length */
    POINTER_SIZE = 2,
    PLACES_END = 0x4000, /* pointers reach no further */
    FIXED_SIZE = 8,      /* of a record: type, class, TTL */
    LENGTH_SIZE = 2,
};

/* ----- bytes ----- */

static bool has_room(const struct packer *packer, size_t n)
{
    return n <= packer->size - packer->n;
}

static bool put_bytes(struct packer *packer, const void *at, size_t n)
{
    if (!has_room(packer, n))
        return false;
    memcpy(packer->at + packer->n, at, n);
    packer->n += n;
    return true;
}

/* ----- names ----- */

/* The position that `place` leads to by pointers. It is always found, as all pointers are our own
 * and lead back. */
static size_t follow(const struct packer *packer, size_t place)
{
    while (packer->at[place] >= POINTER_BITS)
        place = read_u16(packer->at + place) & 0x3fff;
    return place;
}

/* Whether the label at `place` is the first of `name`. Length bytes are below 'A'. */
static bool is_same_label(const uint8_t *place, struct str name)
{
    size_t n = 1U + (uint8_t)name.at[0];
    for (size_t i = 0; i < n; i++)
        if (char_lower((char)place[i]) != name.at[i])
            return false;
    return true;
}

static bool is_at(const struct packer *packer, size_t place, struct str name)
{
    for (;;) {
        place = follow(packer, place);
        if (!is_same_label(packer->at + place, name))
            return false;
        size_t n = 1U + (uint8_t)name.at[0];
        if (n == 1)
            return true;
        place += n;
        name = str_from_at(name, n);
    }
}

/* The position of `name` in the message; 0: it is not there. */
static size_t find_place(const struct packer *packer, struct str name)
{
    for (size_t i = 0; i < packer->count; i++)
        if (is_at(packer, packer->places[i], name))
            return packer->places[i];
    return 0;
}

/* Notes the positions of the labels that were written between `from` and `to`. */
static void note_places(struct packer *packer, size_t from, size_t to)
{
    while (from < to && from < PLACES_END && packer->count < PACKER_PLACES) {
        packer->places[packer->count++] = (uint16_t)from;
        from += 1U + packer->at[from];
    }
}

/* Writes a name. The longest end of it that is in the message already becomes a pointer. The root
 * alone stays as it is. */
static bool put_name(struct packer *packer, struct str name)
{
    size_t start = packer->n, place = 0;
    size_t labels_n = 0;
    for (struct str rest = name; rest.n > 1; rest = str_from_at(name, labels_n)) {
        place = find_place(packer, rest);
        if (place)
            break;
        labels_n += 1U + (uint8_t)rest.at[0];
    }
    uint8_t end[POINTER_SIZE] = { 0 };
    packer_write_u16(end, place ? POINTER | place : 0);
    if (!put_bytes(packer, name.at, labels_n) ||
        !put_bytes(packer, end, place ? POINTER_SIZE : 1))
        return false;
    note_places(packer, start, start + labels_n);
    return true;
}

/* ----- record data ----- */

static int name_size(const uint8_t *at, size_t n)
{
    return n ? knot_dname_wire_check(at, at + n, NULL) : KNOT_EMALF;
}

/* The size of the next part of record data; negative: there is none. */
static int part_size(int part, const uint8_t *at, size_t n)
{
    switch (part) {
    case KNOT_RDATA_WF_COMPRESSIBLE_DNAME:
    case KNOT_RDATA_WF_DECOMPRESSIBLE_DNAME:
    case KNOT_RDATA_WF_FIXED_DNAME:
        return name_size(at, n);
    case KNOT_RDATA_WF_NAPTR_HEADER:
        return n ? knot_naptr_header_size(at, at + n) : KNOT_EMALF;
    case KNOT_RDATA_WF_REMAINDER:
        return (int)n;
    default:
        return part;
    }
}

static bool put_rdata(struct packer *packer, uint16_t type, struct str rdata)
{
    const int *part = knot_get_rdata_descriptor(type)->block_types;
    for (; rdata.n > 0 && *part != KNOT_RDATA_WF_END; part++) {
        int size = part_size(*part, (const uint8_t *)rdata.at, rdata.n);
        struct str piece = str_first(rdata, size < 0 ? rdata.n : (size_t)size);
        bool fits = size > 0 && *part == KNOT_RDATA_WF_COMPRESSIBLE_DNAME
                        ? put_name(packer, piece)
                        : put_bytes(packer, piece.at, piece.n);
        if (!fits)
            return false;
        rdata = str_from_at(rdata, piece.n);
    }
    return true;
}

/* ----- records ----- */

void packer_begin(struct packer *packer, uint8_t *at, size_t size, size_t n,
                  size_t name_at)
{
    packer->at = at;
    packer->size = size;
    packer->n = n;
    packer->class = CLASS_IN;
    packer->count = 0;
    while (name_at && at[name_at] && packer->count < PACKER_PLACES) {
        packer->places[packer->count++] = (uint16_t)name_at;
        name_at += 1U + at[name_at];
    }
}

bool packer_put(struct packer *packer, const struct packer_record *record)
{
    uint8_t fixed[FIXED_SIZE + LENGTH_SIZE] = { 0 };
    packer_write_u16(fixed, record->type);
    packer_write_u16(fixed + 2, packer->class);
    packer_write_u16(fixed + 4, record->ttl_s >> 16);
    packer_write_u16(fixed + 6, record->ttl_s & 0xffff);
    if (!put_name(packer, record->owner) || !put_bytes(packer, fixed, sizeof(fixed)))
        return false;
    size_t start = packer->n;
    if (!put_rdata(packer, record->type, record->rdata))
        return false;
    packer_write_u16(packer->at + start - LENGTH_SIZE, packer->n - start);
    return true;
}

struct packer_mark packer_mark(const struct packer *packer)
{
    return (struct packer_mark){ .n = packer->n, .count = packer->count };
}

void packer_undo(struct packer *packer, struct packer_mark mark)
{
    packer->n = mark.n;
    packer->count = mark.count;
}
