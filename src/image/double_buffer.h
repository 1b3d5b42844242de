// SPDX-License-Identifier: GPL-3.0-or-later
/* double_buffer.h - two images that take turns: the live one is served, the spare one is
 * changed. For this room alone.
 *
 * Each is memory, which counts, and a file, which mirrors it (mirrored_image.h). The live image's
 * file is data.cdb, the spare one's is data.spare. The spare image lags by the last list of
 * changes. The next change first makes up for these, then adds its own, and then the two files
 * exchange their names.
 *
 * We open each file only once and give that descriptor to nobody. So the kernel refuses us the
 * write lease whenever anybody else has the file open. */
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
    uint32_t id; /* the image's number (control_page.h) */
    struct mirrored_image mirrored;
};

struct double_buffer {
    const char *folder, *path; /* lent; `path` is that of data.cdb */
    struct sealed shared;      /* the memory of the control page */
    struct control_page *control;
    struct double_buffer_half halves[CONTROL_PAGE_SLOTS]; /* each in the slot of its id */
    unsigned live;                                        /* the slot of the live image */
    bool is_broken; /* no changes until the next double_buffer_take() */
    struct error why_broken;
    struct slack slack;           /* of both images */
    struct redo last;             /* the changes that the spare image lags by */
    struct spare_file spare_file; /* makes the spare image's file */
    struct mirrored_image coming; /* the spare image, while its memory is made as well */
    struct periodic_sync sync;    /* of both files */
    struct orphans orphans;       /* former spare files that readers have kept open */
    int64_t busy_from_ms;         /* since when the lease is refused; 0: it is not */
    int64_t dropped_ms;           /* when a file was last left to its reader; 0: never */
    struct snapshot snapshot;
    image_file_fn file_fn; /* image_writer_on_file() */
    void *file_ctx;
};

/* ERR_IO: there is no memory to share. ERR_LIMIT: it cannot be sealed. */
MUST_CHECK enum status double_buffer_init(struct double_buffer *buffer,
                                          const char *folder, const char *path,
                                          struct error *err);
void double_buffer_done(struct double_buffer *buffer);

/* Makes `live` the live image; the caller has renamed its file to data.cdb. `spare` becomes the
 * spare image, which lags by `redo`; the caller has renamed its file to data.spare. When `spare`
 * has no file, the spare image is made in the background instead. Takes both images and the list.
 * The next double_buffer_apply() reports what fails here. */
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
