// SPDX-License-Identifier: GPL-3.0-or-later
/* draft.h - a whole image, made anew from all its records. */
#pragma once

#include <stdatomic.h>

#include "dns/record.h"

struct image_changes;
struct image_diff;
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

/* Builds the whole image anew. On failure the last good file stays, and nothing of the new
 * one is left behind; but when all that failed was the sync of the directory (ERR_IO), the
 * new file is in place already, whole. Else ERR_IO, ERR_LIMIT or what the source returns. */
MUST_CHECK enum status image_rebuild(struct image_writer *writer,
                                     const struct image_source *source,
                                     struct error *err);

/* The same in two steps, of which the first may be done by another thread while image_apply()
 * goes on: a file of its own is made; what has changed since is applied to it, likewise; then
 * it takes its place. *out is freed by the caller, taken or not, before the writer is closed.
 * Only one at a time. */
struct image_draft;
MUST_CHECK enum status image_draft_make(const struct image_writer *writer,
                                        const struct image_source *source,
                                        struct image_draft **out, struct error *err);
/* Makes the second file too, so that changes go on at once when it is taken. As long as it is
 * missing (that failed, or *stop, or it was not called) they wait for image_writer_work(). */
void image_draft_add_spare(struct image_draft *draft, const atomic_bool *stop);
void image_draft_free(struct image_draft *draft);
CLEANER(image_draft_free, struct image_draft *)

/* To a file that is not in its place yet. After a failure it is of no more use. */
MUST_CHECK enum status image_draft_apply(struct image_draft *draft,
                                         const struct image_changes *changes,
                                         const struct image_diff *diff,
                                         struct error *err);
MUST_CHECK enum status image_draft_take(struct image_writer *writer,
                                        struct image_draft *draft, struct error *err);
