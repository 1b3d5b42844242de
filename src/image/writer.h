// SPDX-License-Identifier: GPL-3.0-or-later
/* writer.h - owns the directory in which the image stands.
 *
 * Only one writer may use a directory. It makes whole images (draft.h), changes the image in place
 * (changes.h), and hands it to readers in other processes (feed.h). The format is in image.h. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct image;
struct image_writer;

/* Creates `directory` if it is missing, and removes temporary files that an earlier writer left.
 * ERR_IO. */
MUST_CHECK enum status image_writer_open(const char *directory, struct image_writer **out,
                                         struct error *err);
void image_writer_close(struct image_writer *writer);
CLEANER(image_writer_close, struct image_writer *)

/* The path of data.cdb, lent. */
const char *image_writer_path(const struct image_writer *writer);

/* The live image, lent until the loop's next turn; NULL: it is not in memory, and stands only in
 * the file of that path. */
const struct image *image_writer_live(const struct image_writer *writer);

/* To be called now and then. Closes files that nobody else has open any more. False: somebody has
 * replaced data.cdb or written to it, and it has to be rebuilt. True: it is as this writer left it,
 * or that is not known. */
bool image_writer_look(struct image_writer *writer);

/* Does a slice of the work in the background: copies of data.cdb for the spare file, which is made
 * after a rebuild or when somebody keeps the present one open, and for a snapshot. Also begins to
 * sync changes when it is time, in a thread of their own. When *err gets a text, changes in place
 * are given up until the next rebuild. */
enum image_work {
    IMAGE_IDLE,  /* nothing to do; call again now and then */
    IMAGE_WORKS, /* there is more to do: call again at once */
    IMAGE_WAITS, /* waits for the disk: call again in a moment */
};
enum image_work image_writer_work(struct image_writer *writer, struct error *err);

/* Waits until the live image is on the disk as it is now. False: it may not be there, or this
 * writer has made none. */
bool image_writer_sync(const struct image_writer *writer);
