// SPDX-License-Identifier: GPL-3.0-or-later
/* name.h - domain names in wire form, in bounded storage.
 *
 * A `struct name` is always a whole, valid name in lower case: labels, each behind its length
 * byte, and the root label at the end (RFC 1035 3.1, RFC 4343). The root is one zero byte. A label
 * may hold any bytes (RFC 2181 11). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum {
    NAME_SIZE = 255,       /* the longest wire form */
    LABEL_SIZE = 63,       /* the longest label */
    NAME_LABELS = 127,     /* most labels, without the root */
    NAME_TEXT_SIZE = 1025, /* the longest text, every byte escaped, with a zero byte */
};

struct name {
    uint8_t n; /* bytes of `wire` in use, from 1 to 255 */
    uint8_t wire[NAME_SIZE];
};

/* Reads text such as "home.example.org" or "home.example.org."; "." is the root. Escapes are those
 * of RFC 1035 5.1 (\. and \065). ERR_SYNTAX: an empty name or label, or a bad escape. ERR_LIMIT: a
 * label or the name is too long. `err` may be NULL. */
MUST_CHECK enum status name_parse(struct str text, struct name *out, struct error *err);
/* Writes the name as text, without a dot at the end ("." for the root). Special bytes are escaped
 * as in RFC 1035. */
void name_format(const struct name *name, struct buf *out);
/* The name as text, for logs and errors. It stands in storage of the thread, which the fourth call
 * after this one reuses. */
const char *name_text(const struct name *name);

/* Reads uncompressed wire bytes, which are exactly one name, and makes it lower case. ERR_SYNTAX:
 * anything else. */
MUST_CHECK enum status name_decode(struct str wire, struct name *out);
/* The wire bytes, borrowed. */
struct str name_bytes(const struct name *name);

/* Does what an assignment does, but copies no more bytes than the name has. */
static inline void name_copy(struct name *to, const struct name *from)
{
    to->n = from->n;
    memcpy(to->wire, from->wire, from->n);
}
bool name_equal(const struct name *a, const struct name *b);
bool name_is_root(const struct name *name);
/* Whether `name` is `zone` or is below it. */
bool name_is_within(const struct name *name, const struct name *zone);
/* The number of labels without the root: 3 for home.example.org. */
size_t name_labels(const struct name *name);
/* The first label without its length byte; empty for the root. Borrowed. */
struct str name_first_label(const struct name *name);
/* The name without its first label: example.org for home.example.org. The root gives the root.
 * `out` may be `name`. */
void name_parent(const struct name *name, struct name *out);
/* An e-mail address as the mailbox of an SOA record (RFC 1035 8): hostmaster@example.org becomes
 * hostmaster.example.org. The part before the @ becomes one label, also if it has dots. ERR_SYNTAX:
 * there is no @, nothing before it, or no name behind it. ERR_LIMIT: it is too long. */
MUST_CHECK enum status name_from_mailbox(struct str email, struct name *out);
/* The name with `label` in front. ERR_LIMIT: it is too long. ERR_SYNTAX: the label is empty. */
MUST_CHECK enum status name_prepend(struct str label, const struct name *name,
                                    struct name *out);
