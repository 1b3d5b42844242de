// SPDX-License-Identifier: GPL-3.0-or-later
/* tinydns_field.h - reads the fields of tinydns data lines. For tinydns_reader.c alone. */
#pragma once

#include "base/buf.h"
#include "base/str.h"
#include "dns/name.h"

/* A name in wire form in the case in which it was written: tinydns-data keeps the case in rdata. */
struct raw_name {
    uint8_t wire[NAME_SIZE];
    size_t n;
};

/* Appends the labels of `text` to `name`, without a root label. Empty labels are dropped. */
MUST_CHECK enum status field_add_labels(struct str text, struct buf *name,
                                        struct error *err);
/* Ends the name, whose labels `wire` has put into out->wire, with the root label. */
MUST_CHECK enum status field_end_name(struct buf *wire, struct raw_name *out,
                                      struct error *err);
/* Reads a whole name. */
MUST_CHECK enum status field_name(struct str text, struct raw_name *out,
                                  struct error *err);
/* Whether a field for an address holds a name: it has letters and a dot. A text that begins with a
 * number and a dot counts as a mistyped address. */
bool field_is_name_for_address(struct str text);
/* Reads the bytes of a data field, and resolves escapes. `out` has room for text.n bytes. */
MUST_CHECK enum status field_data(struct str text, struct buf *out, struct error *err);

/* In what follows, `number` is the field's number, from 1, which errors name. */

/* Reads a number up to `max`; an empty field gives `otherwise`. */
struct field_number {
    uint32_t otherwise, max;
};
MUST_CHECK enum status field_number(struct str text, size_t number,
                                    struct field_number range, uint32_t *out,
                                    struct error *err);
/* Reads a time stamp: 16 hexadecimal digits in lower case; an empty field gives 0. */
MUST_CHECK enum status field_stamp(struct str text, size_t number, uint64_t *out,
                                   struct error *err);
/* Reads a location: at most two bytes as they are. Missing ones are zero. */
MUST_CHECK enum status field_location(struct str text, size_t number, uint8_t out[2],
                                      struct error *err);
/* Reads a prefix: up to four decimal numbers with dots between them, and perhaps one at the end. */
MUST_CHECK enum status field_prefix(struct str text, size_t number, uint8_t out[4],
                                    uint8_t *n_out, struct error *err);
