// SPDX-License-Identifier: GPL-3.0-or-later
/* view.h - the bytes and entries of an open image. For this room alone. */
#pragma once

#include "image/image.h"

struct view_entry {
    struct str key, value;
};

/* Opens an image in memory that stays the caller's, and that only the caller can write.
 * ERR_SYNTAX: it is none. */
MUST_CHECK enum status view_open_memory(void *at, size_t n, struct image **out,
                                        struct error *err);
/* The bytes of an image that view_open_memory() has opened, to be changed. */
uint8_t *view_writable(struct image *image);
/* The bytes of any image, image_size() of them. */
const uint8_t *view_bytes(const struct image *image);
/* The position in the file of something that the image has lent. */
size_t view_position(const struct image *image, const void *at);

/* Whether there may be locations: false when the file says that there are none. */
bool view_has_locations(const struct image *image);
/* Whether the file says that no mark (image.h) is missing. */
bool view_has_marks(const struct image *image);

/* Puts the entry at position `at` into *out and returns the position after it. 0: no whole entry
 * of the records is there. */
size_t view_entry(const struct image *image, size_t at, struct view_entry *out);

/* Where the table of that hash begins. The whole table lies within the file. */
uint32_t view_table(const struct image *image, uint32_t hash, uint32_t *slots_out);

/* Points the cursor at the entries under `key`, which need not be a name and must live as
 * long as the cursor, for view_next(). */
void view_seek(const struct image *image, struct str key, struct image_cursor *cursor);
/* The value of the next entry. */
bool view_next(struct image_cursor *cursor, struct str *out);
/* The next entry whose hash is that of the cursor's key, whatever its own key is, and its
 * position. */
bool view_next_of_hash(struct image_cursor *cursor, struct view_entry *out,
                       size_t *at_out);

/* Takes a value apart. False: not a record. */
bool view_value(struct str value, bool *wildcard_out, struct image_record *out);

/* A mark (image.h). One without children whose name does not exist counts as none: names that are
 * gone leave their marks behind. */
struct view_mark {
    uint32_t children;
    bool is_name;    /* the name exists though it has no records */
    size_t value_at; /* the position of its value; 0: there is no mark */
};
struct view_mark view_mark(const struct image *image, struct str name);
/* Whether a zone begins at `name`. */
bool view_begins_zone(const struct image *image, struct str name);
