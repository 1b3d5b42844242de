// SPDX-License-Identifier: GPL-3.0-or-later
/* field.h - what the JSON object of a resource may hold: one table for reading, for writing, and for
 * the document that describes the API (openapi.h). */
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
    /* Of no row: the resource reads and writes the member itself. */
    HAND_TEXT,
    HAND_TEXT_OR_NULL,
    HAND_BOOL,
    HAND_TEXTS, /* a list */
    HAND_OBJECT,
    HAND_SHAPE /* only shown: an object that has the members of `shape` */
};

struct shape;

enum field_setter {
    SET_BY_NOBODY,
    SET_BY_OWNER, /* of the row */
    SET_BY_ZONE, /* the owner as well, if it looks after the zone (account/zone_role.h) */
    SET_BY_OPERATOR
};

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset, size;
    const char *const
        *words; /* FIELD_WORD, or what HAND_TEXTS may hold; ends with NULL */
    const struct shape *shape; /* HAND_SHAPE */
    enum field_setter setter;  /* who may give it when adding or setting */
    const char *about;         /* for people who write programs */
    bool only_new;             /* it is given when the resource is made, or never */
    bool needed;               /* it has to be given then */
    bool unshown;              /* it is no member of replies */
    bool may_miss;   /* it is no member of some replies: not everybody sees it */
    bool shown_once; /* only of the reply to the request that made the resource */
};

/* `...`: about, and further members of struct field by name. */
#define FIELD(row_, member_, key_, kind_, setter_, ...) \
    { \
        .key = (key_), .kind = (kind_), .offset = offsetof(row_, member_), \
        .size = sizeof(((row_ *)0)->member_), .setter = (setter_), .about = __VA_ARGS__ \
    }
#define FIELD_OF_WORDS(row_, member_, key_, words_, setter_, ...) \
    { \
        .key = (key_), .kind = FIELD_WORD, .offset = offsetof(row_, member_), \
        .size = sizeof(((row_ *)0)->member_), .words = (words_), .setter = (setter_), \
        .about = __VA_ARGS__ \
    }
#define BY_HAND(key_, kind_, setter_, ...) \
    { \
        .key = (key_), .kind = (kind_), .setter = (setter_), .about = __VA_ARGS__ \
    }

/* All members of a resource. */
struct shape {
    const char *name; /* "Host" */
    const struct field *fields;
    size_t count;
};

/* "operators set it"; "": everybody may who may set anything. */
const char *field_setter_text(enum field_setter setter);

/* Puts every field of the row that is shown into the object, in the order of the table. */
void fields_write(const struct shape *shape, const void *row, struct json *object);

/* Takes the members of `body` into the row, for a caller of the rank `setter`; `is_new`: the
 * resource is being made. Members that are read by hand are checked in everything but their value.
 * ERR_SYNTAX: an unknown member (with a suggestion), one that cannot be set or is missing, or a
 * value of another kind; ERR_LIMIT: out of the field's range; ERR_DENIED: only operators set it.
 * The row may be partly filled then. */
MUST_CHECK enum status fields_read(const struct shape *shape, const struct json *body,
                                   enum field_setter setter, bool is_new, void *row,
                                   struct error *err);
