// SPDX-License-Identifier: GPL-3.0-or-later
/* marks.h - the names that get a mark (image.h) while an image is built, each with the count of
 * its children.
 *
 * It is a small set in memory: names that have others below them, and names without records. A
 * million hosts of one zone make one member. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct mark {
    uint32_t name_at; /* in names */
    uint32_t hash;    /* of the mark's key, as in the file */
    uint32_t children;
    uint16_t name_n;
    bool is_name; /* it exists though it may have no records */
    bool is_zone; /* a zone begins there; for index.h */
};

struct marks {
    uint8_t *names; /* wire forms, one after another */
    size_t names_n, names_size;
    struct mark *items;
    size_t n, size;
    uint32_t *slots; /* open addressing; 1 + index of an item, or 0 */
    size_t slot_count;
    size_t last; /* the item of the last call: names of a zone come together */
};

/* An empty set is all zeros. */
void marks_done(struct marks *marks);

/* The member `name`, a whole name in wire form except the root. A new member counts as a child of
 * its parent, which becomes a member too, and so on upwards. Lent until the next call. */
struct mark *marks_get(struct marks *marks, struct str name);
/* The parent of `name` as a member; NULL: it is the root. */
struct mark *marks_get_parent(struct marks *marks, struct str name);
/* The member `name`; NULL: it is none. */
struct mark *marks_find(struct marks *marks, struct str name);
/* The name of a member, borrowed until the next marks_get(). */
struct str marks_name(const struct marks *marks, const struct mark *mark);
