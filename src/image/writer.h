// SPDX-License-Identifier: GPL-3.0-or-later
/* writer.h - the published zones as one file: make it.
 *
 * A writer owns the directory's data.cdb. A new file is written beside it, synced, renamed
 * over it, and the directory synced: a reader sees the old or the new one, always whole.
 * Format: image.h. */
#pragma once

#include <stdint.h>

#include "base/str.h"
#include "dns/record.h"

struct image_writer;

/* Where a whole image comes from: gives the sink every record there should be, in any order,
 * though building is fastest when the records of one name, and the names of one zone, come
 * together. What comes twice is written twice. Of a record of type 0 none is written:
 * - without data it says "this name exists and has no records", an offline host or wildcard;
 * - with data it is a note about the zone that begins at its owner: image_note().
 * The sink's ERR_LIMIT: the file would pass 4 GiB, or a name 255 bytes. ERR_IO. After a
 * failure every further call fails in the same way. */
struct image_source {
    enum status (*walk)(void *ctx, const struct record_sink *sink, struct error *err);
    void *ctx;
};

/* `directory` is created if it is missing; a left-over temporary file is removed. ERR_IO. */
MUST_CHECK enum status image_writer_open(const char *directory, struct image_writer **out,
                                         struct error *err);
void image_writer_close(struct image_writer *writer);
CLEANER(image_writer_close, struct image_writer *)

/* The path of data.cdb, lent. */
const char *image_writer_path(const struct image_writer *writer);

/* Builds the whole image anew. On failure the last good file stays, and nothing of the new
 * one is left behind; but when all that failed was the sync of the directory (ERR_IO), the
 * new file is in place already, whole. Else ERR_IO, ERR_LIMIT or what the source returns. */
MUST_CHECK enum status image_rebuild(struct image_writer *writer,
                                     const struct image_source *source,
                                     struct error *err);

/* A name whose records changed. */
struct image_change {
    struct name owner;
};
/* Brings the image up to date after `changes`, as image_rebuild() would make it. What cannot
 * be changed in place is taken from `source`; today that is everything. No changes: nothing
 * is done. */
MUST_CHECK enum status image_apply(struct image_writer *writer,
                                   const struct image_change *changes, size_t count,
                                   const struct image_source *source, struct error *err);
