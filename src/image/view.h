// SPDX-License-Identifier: GPL-3.0-or-later
/* view.h - the bytes of an open image, for this room alone. */
#pragma once

#include "image/image.h"

struct view_entry {
    struct str key, value;
};

/* The entry at position `at`, into *out; yields the position behind it. 0: there is none
 * that lies whole among the records. */
size_t view_entry(const struct image *image, size_t at, struct view_entry *out);

/* Points the cursor at the entries under `key`, which need not be a name and must live as
 * long as the cursor, for view_next(). */
void view_seek(const struct image *image, struct str key, struct image_cursor *cursor);
/* The value of the next entry. */
bool view_next(struct image_cursor *cursor, struct str *out);

/* Takes a value apart. False: not a record. */
bool view_value(struct str value, bool *wildcard_out, struct image_record *out);
