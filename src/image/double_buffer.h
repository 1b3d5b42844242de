// SPDX-License-Identifier: GPL-3.0-or-later
/* double_buffer.h - the two images that take turns, for this room alone.
 *
 * Each is a sheet: memory, which is changed and read, and a file, which gets the same. The
 * file of the live one is data.cdb. The other, data.spare, lags by the last list of changes,
 * which is made up for when the next is applied; then the two files change names. Each file has
 * one open file description, which nobody gets but us: the lease that we ask for is then
 * refused whenever somebody else has the file open. */
#pragma once

#include "image/changes.h"
#include "image/control_page.h"
#include "image/copy.h"
#include "image/feed.h"
#include "image/mirrored_image.h"
#include "image/orphans.h"
#include "image/patch.h"
#include "image/periodic_sync.h"
#include "image/snapshot.h"
#include "image/spare_file.h"
#include "image/writer.h"

struct double_buffer_half {
    uint32_t id;
    struct mirrored_image mirrored;
};

struct double_buffer {
    const char *folder, *path; /* lent; data.cdb */
    struct sealed shared;      /* the words */
    struct control_page *control;
    struct double_buffer_half halves[CONTROL_PAGE_SLOTS]; /* each in the slot of its id */
    unsigned live;
    bool is_broken; /* nothing more until the next double_buffer_take() */
    struct error why_broken;
    struct slack slack;
    struct redo last;             /* what the spare sheet lags by */
    struct spare_file spare_file; /* its file */
    struct mirrored_image coming; /* and its memory, if that is to be made too */
    struct periodic_sync sync;    /* both files */
    struct orphans orphans;       /* files left to their readers */
    int64_t busy_from_ms;         /* since when the lease is refused; 0: it is not */
    int64_t dropped_ms;           /* when a file was left to its reader; 0: never */
    struct snapshot snapshot;
    image_file_fn file_fn;
    void *file_ctx;
};

/* ERR_IO: no memory to share. ERR_LIMIT: none that can be sealed. */
MUST_CHECK enum status double_buffer_init(struct double_buffer *buffer,
                                          const char *folder, const char *path,
                                          struct error *err);
void double_buffer_done(struct double_buffer *buffer);

/* The sheet's file was renamed to data.cdb: it is the live one from now on. So was that of
 * `spare` to data.spare, which lags by `redo`; or it is to be made (it has no file). Takes the
 * sheets and the list. What fails here is told by double_buffer_apply(). */
void double_buffer_take(struct double_buffer *buffer, struct mirrored_image *live,
                        struct mirrored_image *spare, const struct slack *slack,
                        struct redo *redo);
/* As image_apply(). */
MUST_CHECK enum status double_buffer_apply(struct double_buffer *buffer,
                                           const struct image_changes *changes,
                                           const struct image_diff *diff,
                                           struct error *err);
/* As image_writer_look(). */
bool double_buffer_look(struct double_buffer *buffer);
/* As image_writer_work(). */
enum image_work double_buffer_work(struct double_buffer *buffer, struct error *err);
/* As image_writer_snapshot(). */
MUST_CHECK enum status double_buffer_snapshot(struct double_buffer *buffer,
                                              image_snapshot_fn fn, void *ctx,
                                              struct error *err);
