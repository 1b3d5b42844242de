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

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset, size;
    const char *const *words; /* FIELD_WORD; ends with NULL */
    bool settable;            /* may be given when adding or setting */
};

#define FIELD(row_, member_, key_, kind_, settable_) \
    { \
        .key = (key_), .kind = (kind_), .offset = offsetof(row_, member_), \
        .size = sizeof(((row_ *)0)->member_), .settable = (settable_) \
    }
#define FIELD_OF_WORDS(row_, member_, key_, words_, settable_) \
    { \
        .key = (key_), .kind = FIELD_WORD, .offset = offsetof(row_, member_), \
        .size = sizeof(((row_ *)0)->member_), .words = (words_), .settable = (settable_) \
    }

/* Puts every field of the row into the object. */
void fields_write(const struct field *fields, size_t count, const void *row,
                  struct json *object);

/* Takes the members of `body` into the row. Members in `others` (NULL-terminated) are the
 * caller's business. ERR_SYNTAX: an unknown member (with a suggestion), one that cannot be
 * set, or a value of another kind; ERR_LIMIT: out of the field's range. The row may be
 * partly filled then. */
MUST_CHECK enum status fields_read(const struct field *fields, size_t count,
                                   const char *const *others, const struct json *body,
                                   void *row, struct error *err);
