// SPDX-License-Identifier: GPL-3.0-or-later
/* draft.h - makes a whole image anew from all its records.
 *
 * The new file is written beside data.cdb, synced and renamed over it; then the directory is
 * synced. A reader sees the old file or the new one, always whole. */
#pragma once

#include <stdatomic.h>

#include "dns/record.h"

struct image_changes;
struct image_diff;
struct image_writer;

/* Where a whole image comes from. `walk` gives the sink every record there should be, in any
 * order. Building is fastest when the records of a name come together, and the names of a zone as
 * well. A record that comes twice is written twice. A record of type 0 is not written:
 * - without data it is a marker: this name exists without records (an offline host or wildcard);
 * - with data it is a note about the zone that begins at its owner: image_note().
 *
 * The sink fails with ERR_LIMIT when the file would pass 4 GiB or a name 255 bytes, and with
 * ERR_IO. After a failure every further call fails in the same way. */
struct image_source {
    enum status (*walk)(void *ctx, const struct record_sink *sink, struct error *err);
    void *ctx;
};

/* Builds the whole image and puts it in place. On failure the old file stays and nothing is left of
 * the new one, with one exception: when only the sync of the directory fails (ERR_IO), the new file
 * is in place already, whole. ERR_IO, ERR_LIMIT, or what the source returns. */
MUST_CHECK enum status image_rebuild(struct image_writer *writer,
                                     const struct image_source *source,
                                     struct error *err);

/* The same in steps, for changes that go on meanwhile. Another thread may make the draft while
 * image_apply() goes on. Then what has changed since is applied to the draft, and the draft takes
 * its place. The caller frees it in any case, before the writer is closed. Only one at a time. */
struct image_draft;
MUST_CHECK enum status image_draft_make(const struct image_writer *writer,
                                        const struct image_source *source,
                                        struct image_draft **out, struct error *err);
/* Makes the spare file too, so that changes can go on as soon as the draft has taken its place.
 * Without it (this failed, *stop became true, or it was not called) changes wait until
 * image_writer_work() has made one. */
void image_draft_add_spare(struct image_draft *draft, const atomic_bool *stop);
void image_draft_free(struct image_draft *draft);
CLEANER(image_draft_free, struct image_draft *)

/* As image_apply(), to the draft. After a failure the draft is useless. */
MUST_CHECK enum status image_draft_apply(struct image_draft *draft,
                                         const struct image_changes *changes,
                                         const struct image_diff *diff,
                                         struct error *err);
/* Puts the draft in place; errors as image_rebuild(). */
MUST_CHECK enum status image_draft_take(struct image_writer *writer,
                                        struct image_draft *draft, struct error *err);
