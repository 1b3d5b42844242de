// SPDX-License-Identifier: GPL-3.0-or-later
/* view.h - the bytes of an open image, for this room alone. */
#pragma once

#include "image/image.h"

struct view_entry {
    struct str key, value;
};

/* An image in memory that stays the caller's, and that nobody but he can write. ERR_SYNTAX. */
MUST_CHECK enum status view_open_memory(void *at, size_t n, struct image **out,
                                        struct error *err);
/* Its bytes. */
uint8_t *view_writable(struct image *image);
/* All bytes of any image. */
const uint8_t *view_bytes(const struct image *image);
/* Where something that an image lent stands in the file. */
size_t view_position(const struct image *image, const void *at);

/* Whether there may be locations: false when the file says that there are none. */
bool view_has_locations(const struct image *image);
/* Whether the file says that no mark (image.h) is missing. */
bool view_has_marks(const struct image *image);

/* The entry at position `at`, into *out; yields the position behind it. 0: there is none
 * that lies whole among the records. */
size_t view_entry(const struct image *image, size_t at, struct view_entry *out);

/* Where the table of that hash begins, all of which lies in the file. */
uint32_t view_table(const struct image *image, uint32_t hash, uint32_t *slots_out);

/* Points the cursor at the entries under `key`, which need not be a name and must live as
 * long as the cursor, for view_next(). */
void view_seek(const struct image *image, struct str key, struct image_cursor *cursor);
/* The value of the next entry. */
bool view_next(struct image_cursor *cursor, struct str *out);
/* The next entry whose hash is that of the key, whatever its key is, and its position. */
bool view_next_of_hash(struct image_cursor *cursor, struct view_entry *out,
                       size_t *at_out);

/* Takes a value apart. False: not a record. */
bool view_value(struct str value, bool *wildcard_out, struct image_record *out);

/* A mark (image.h) as it stands. One without children that is no name of its own counts for
 * nothing: names that are gone leave theirs behind. */
struct view_mark {
    uint32_t children;
    bool is_name;    /* the name exists though it has no records */
    size_t value_at; /* where its value stands; 0: there is no mark */
};
struct view_mark view_mark(const struct image *image, struct str name);
/* Whether a zone begins at `name`. */
bool view_begins_zone(const struct image *image, struct str name);
