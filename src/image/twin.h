// SPDX-License-Identifier: GPL-3.0-or-later
/* twin.h - the two files that change names with each other, for this room alone.
 *
 * data.cdb is the live one. The other, data.spare, lags by the last list of changes, which is
 * made up for when the next is applied. Each file has one open file description, ours: the
 * lease that we ask for is then refused only when somebody else has the file open. */
#pragma once

#include "image/copy.h"
#include "image/patch.h"
#include "image/words.h"
#include "image/writer.h"

struct twin_file {
    uint32_t id;
    int fd; /* -1: there is none */
    struct image *image;
};

struct twin {
    const char *folder, *path; /* lent; data.cdb */
    char spare_path[4096];
    struct words *words;
    int words_fd;
    struct twin_file files[WORDS_SLOTS]; /* each in the slot of its id */
    unsigned live;
    bool is_broken; /* nothing more until the next twin_take() */
    struct error why_broken;
    struct room room;
    struct redo last;     /* what the spare file lags by */
    struct copy spare;    /* being made */
    int64_t busy_from_ms; /* since when the lease is refused; 0: it is not */
    int64_t dropped_ms;   /* when a file was left to its reader; 0: never */
    struct copy snapshot; /* being made, for snapshot_fn */
    image_snapshot_fn snapshot_fn;
    void *snapshot_ctx;
    image_file_fn file_fn;
    void *file_ctx;
};

/* ERR_IO: no memory to share. */
MUST_CHECK enum status twin_init(struct twin *twin, const char *folder, const char *path,
                                 struct error *err);
void twin_done(struct twin *twin);

/* A file was renamed to data.cdb: it is the live one from now on. So was a copy of it to
 * data.spare, which lags by `redo`; or it is to be made (spare_fd -1). Takes the descriptors,
 * which are open for writing, and the list. What fails here is told by twin_apply(). */
void twin_take(struct twin *twin, int fd, int spare_fd, const struct room *room,
               struct redo *redo);
/* As image_apply(). */
MUST_CHECK enum status twin_apply(struct twin *twin, const struct image_changes *changes,
                                  const struct image_diff *diff, struct error *err);
/* As image_writer_work(). */
bool twin_work(struct twin *twin, struct error *err);
/* As image_writer_snapshot(). */
MUST_CHECK enum status twin_snapshot(struct twin *twin, image_snapshot_fn fn, void *ctx,
                                     struct error *err);
