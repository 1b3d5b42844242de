// SPDX-License-Identifier: GPL-3.0-or-later
/* double_buffer.h - the two images that take turns, for this room alone.
 *
 * Each is a sheet: memory, which is changed and read, and a file, which gets the same. The
 * file of the live one is data.cdb. The other, data.spare, lags by the last list of changes,
 * which is made up for when the next is applied; then the two files change names. Each file has
 * one open file description, which nobody gets but us: the lease that we ask for is then
 * refused whenever somebody else has the file open. */
#pragma once

#include "image/control_page.h"
#include "image/copy.h"
#include "image/mirrored_image.h"
#include "image/orphans.h"
#include "image/patch.h"
#include "image/periodic_sync.h"
#include "image/snapshot.h"
#include "image/spare_file.h"
#include "image/writer.h"

struct twin_side {
    uint32_t id;
    struct sheet sheet;
};

struct twin {
    const char *folder, *path; /* lent; data.cdb */
    struct sealed shared;      /* the words */
    struct words *words;
    struct twin_side sides[WORDS_SLOTS]; /* each in the slot of its id */
    unsigned live;
    bool is_broken; /* nothing more until the next twin_take() */
    struct error why_broken;
    struct room room;
    struct redo last;     /* what the spare sheet lags by */
    struct spare spare;   /* its file */
    struct sheet coming;  /* and its memory, if that is to be made too */
    struct steady steady; /* both files */
    struct left left;     /* files left to their readers */
    int64_t busy_from_ms; /* since when the lease is refused; 0: it is not */
    int64_t dropped_ms;   /* when a file was left to its reader; 0: never */
    struct snapshot snapshot;
    image_file_fn file_fn;
    void *file_ctx;
};

/* ERR_IO: no memory to share. ERR_LIMIT: none that can be sealed. */
MUST_CHECK enum status twin_init(struct twin *twin, const char *folder, const char *path,
                                 struct error *err);
void twin_done(struct twin *twin);

/* The sheet's file was renamed to data.cdb: it is the live one from now on. So was that of
 * `spare` to data.spare, which lags by `redo`; or it is to be made (it has no file). Takes the
 * sheets and the list. What fails here is told by twin_apply(). */
void twin_take(struct twin *twin, struct sheet *live, struct sheet *spare,
               const struct room *room, struct redo *redo);
/* As image_apply(). */
MUST_CHECK enum status twin_apply(struct twin *twin, const struct image_changes *changes,
                                  const struct image_diff *diff, struct error *err);
/* As image_writer_look(). */
bool twin_look(struct twin *twin);
/* As image_writer_work(). */
enum image_work twin_work(struct twin *twin, struct error *err);
/* As image_writer_snapshot(). */
MUST_CHECK enum status twin_snapshot(struct twin *twin, image_snapshot_fn fn, void *ctx,
                                     struct error *err);
