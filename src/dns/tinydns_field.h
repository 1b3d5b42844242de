// SPDX-License-Identifier: GPL-3.0-or-later
/* tinydns_field.h - what stands in a field of a tinydns data line, for tinydns_reader.c alone. */
#pragma once

#include "base/buf.h"
#include "base/str.h"
#include "dns/name.h"

/* A name in wire form as it was written: in rdata tinydns-data keeps the case. */
struct raw_name {
    uint8_t wire[NAME_SIZE];
    size_t n;
};

/* Appends the labels of `text` to `name`, without a root label. Empty labels are dropped. */
MUST_CHECK enum status field_add_labels(struct str text, struct buf *name,
                                        struct error *err);
/* The root label behind labels in a buffer on out->wire. */
MUST_CHECK enum status field_end_name(struct buf *wire, struct raw_name *out,
                                      struct error *err);
MUST_CHECK enum status field_name(struct str text, struct raw_name *out,
                                  struct error *err);
/* Whether a name, of letters and with a dot, stands where an address could. What begins with a
 * number and a dot is rather an address with a slip in it. */
bool field_is_name_for_address(struct str text);
/* Bytes of a data field without their escapes. `out` has room for text.n bytes. */
MUST_CHECK enum status field_data(struct str text, struct buf *out, struct error *err);

/* Of what follows, `number` is the field's own, counted from 1, for the error. */

/* A number up to `max`, or `otherwise` for an empty field. */
struct field_number {
    uint32_t otherwise, max;
};
MUST_CHECK enum status field_number(struct str text, size_t number,
                                    struct field_number range, uint32_t *out,
                                    struct error *err);
/* 16 hexadecimal digits in lower case; an empty field gives 0. */
MUST_CHECK enum status field_stamp(struct str text, size_t number, uint64_t *out,
                                   struct error *err);
/* At most two bytes as they stand; the rest is zeros. */
MUST_CHECK enum status field_location(struct str text, size_t number, uint8_t out[2],
                                      struct error *err);
/* Up to four decimal bytes with dots between them, and perhaps one at the end. */
MUST_CHECK enum status field_prefix(struct str text, size_t number, uint8_t out[4],
                                    uint8_t *n_out, struct error *err);
