// SPDX-License-Identifier: GPL-3.0-or-later
/* writer.h - the published zones as one file: make it.
 *
 * A writer owns the directory's data.cdb. A new file is written beside it, synced, renamed
 * over it, and the directory synced: a reader sees the old or the new one, always whole.
 * Format: image.h. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct image_writer;

/* `directory` is created if it is missing; a left-over temporary file is removed. ERR_IO. */
MUST_CHECK enum status image_writer_open(const char *directory, struct image_writer **out,
                                         struct error *err);
void image_writer_close(struct image_writer *writer);
CLEANER(image_writer_close, struct image_writer *)

/* The path of data.cdb, lent. */
const char *image_writer_path(const struct image_writer *writer);

/* To be called now and then: lets go of files that others had open and have no longer. Yields
 * whether data.cdb is as this writer left it, or nothing is known of that. Otherwise somebody has
 * replaced it or written to it: rebuild. */
bool image_writer_look(struct image_writer *writer);

/* Goes on with copies of data.cdb that are being made in the background: the spare file after
 * a rebuild or when somebody did not let go of it, and a snapshot; a slice each time. Sees to it
 * that changes are on the disk soon, in a thread of its own. An error in *err (its text is empty
 * otherwise): changes in place are given up until the next rebuild. */
enum image_work {
    IMAGE_IDLE,  /* nothing, but for a look now and then */
    IMAGE_WORKS, /* there is more to do */
    IMAGE_WAITS, /* for the disk: again in a moment */
};
enum image_work image_writer_work(struct image_writer *writer, struct error *err);

/* Waits until the image that this writer has made live is on the disk as it is now. False: it
 * may not be, or there is none. */
bool image_writer_sync(const struct image_writer *writer);
