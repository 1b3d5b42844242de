// SPDX-License-Identifier: GPL-3.0-or-later
/* field.h - members of a JSON object and fields of a row, side by side in one table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct json;

enum field_kind {
    FIELD_TEXT,   /* char array */
    FIELD_NUMBER, /* integer of `size` bytes, unsigned unless it is of 8 */
    FIELD_BOOL,
    FIELD_WORD, /* enum: words[value] */
    FIELD_NAME, /* struct name */
};

enum field_setter {
    SET_BY_NOBODY,
    SET_BY_OWNER, /* of the row */
    SET_BY_OPERATOR
};

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset, size;
    const char *const *words; /* FIELD_WORD; ends with NULL */
    enum field_setter setter; /* who may give it when adding or setting */
};

#define FIELD(row_, member_, key_, kind_, setter_) \
    { \
        .key = (key_), .kind = (kind_), .offset = offsetof(row_, member_), \
        .size = sizeof(((row_ *)0)->member_), .setter = (setter_) \
    }
#define FIELD_OF_WORDS(row_, member_, key_, words_, setter_) \
    { \
        .key = (key_), .kind = FIELD_WORD, .offset = offsetof(row_, member_), \
        .size = sizeof(((row_ *)0)->member_), .words = (words_), .setter = (setter_) \
    }

/* Puts every field of the row into the object. */
void fields_write(const struct field *fields, size_t count, const void *row,
                  struct json *object);

/* What a body may hold. */
struct field_set {
    const struct field *fields;
    size_t count;
    const char *const
        *others; /* members that are the caller's business; ends with NULL */
};

/* Takes the members of `body` into the row, for a caller of the rank `setter`. ERR_SYNTAX: an
 * unknown member (with a suggestion), one that cannot be set, or a value of another kind;
 * ERR_LIMIT: out of the field's range; ERR_DENIED: only operators set it. The row may be
 * partly filled then. */
MUST_CHECK enum status fields_read(const struct field_set *set, const struct json *body,
                                   enum field_setter setter, void *row,
                                   struct error *err);
