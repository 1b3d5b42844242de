// SPDX-License-Identifier: GPL-3.0-or-later
/* name.h - domain names in wire form, in bounded storage.
 *
 * A `struct name` is always a whole, valid name in lower case: labels with their length
 * bytes and the root label at the end (RFC 1035 3.1, RFC 4343). The root is one zero byte.
 * Any byte may stand in a label (RFC 2181 11). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum {
    NAME_SIZE = 255,       /* longest wire form */
    LABEL_SIZE = 63,       /* longest label */
    NAME_LABELS = 127,     /* most labels, without the root */
    NAME_TEXT_SIZE = 1025, /* longest text with a zero byte: every byte escaped */
};

struct name {
    uint8_t n; /* bytes of wire in use, 1..255 */
    uint8_t wire[NAME_SIZE];
};

/* From text such as "home.example.org" or "home.example.org."; "." is the root. Escapes of
 * RFC 1035 5.1 (\. and \065). ERR_SYNTAX: empty name or label, bad escape. ERR_LIMIT: label
 * or name too long. *out is untouched on failure. `err` may be NULL. */
MUST_CHECK enum status name_parse(struct str text, struct name *out, struct error *err);
/* Text without the last dot ("." for the root), special bytes escaped as in RFC 1035. */
void name_format(const struct name *name, struct buf *out);
/* The text in thread-local storage that later calls reuse (4 calls); for logs and errors. */
const char *name_text(const struct name *name);

/* From uncompressed wire bytes, which must be exactly one name; folds to lower case.
 * ERR_SYNTAX otherwise. */
MUST_CHECK enum status name_decode(struct str wire, struct name *out);
/* The wire bytes, borrowed. */
struct str name_bytes(const struct name *name);

/* The same as assigning it, but copies no more than the name has. */
static inline void name_copy(struct name *to, const struct name *from)
{
    to->n = from->n;
    memcpy(to->wire, from->wire, from->n);
}
bool name_equal(const struct name *a, const struct name *b);
bool name_is_root(const struct name *name);
/* Whether `name` is `zone` or lies below it. */
bool name_is_within(const struct name *name, const struct name *zone);
/* Labels without the root: 3 for home.example.org. */
size_t name_labels(const struct name *name);
/* The first label without its length byte; empty for the root. Borrowed. */
struct str name_first_label(const struct name *name);
/* One label less: example.org for home.example.org. The root gives the root. */
void name_parent(const struct name *name, struct name *out);
/* The mailbox of an SOA record (RFC 1035 8): hostmaster@example.org is hostmaster.example.org,
 * and what stands before the @ is one label, dots and all. ERR_SYNTAX: there is no @, or
 * nothing before it, or no name behind it; ERR_LIMIT: too long. */
MUST_CHECK enum status name_from_mailbox(struct str email, struct name *out);
/* `label` put before `name`. ERR_LIMIT: too long; ERR_SYNTAX: empty label. */
MUST_CHECK enum status name_prepend(struct str label, const struct name *name,
                                    struct name *out);
