// SPDX-License-Identifier: GPL-3.0-or-later
/* source.h - the image that answers come from. It may change while it is read.
 *
 * Without the writer it opens DIRECTORY/data.cdb and watches the directory. It takes a new file as
 * soon as that is renamed into place. It refuses a file that cannot be read, and reports it once;
 * the old one stays in use, even if its name is gone. If there is no old one, it uses the writer's
 * other file (data.spare) until there is a whole data.cdb. So answers need only the directory, and
 * no other process. It drops a file that was cut or changed its size in place.
 *
 * The writer of the image may hand out its own two images in memory instead (image/live_reader.h),
 * which nobody can cut. Then data.cdb is closed, as it would delay changes, and the directory is
 * not watched. When the writer is gone, the live image stays in use, and the directory is watched
 * again.
 *
 * Each thread has one of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "answer/hold.h"
#include "base/error.h"
#include "net/loop.h"

struct image;

struct answer_source;

struct answer_source_events {
    /* Another image is in use now. May be NULL. */
    void (*changed)(void *ctx);
    /* A file was refused. Is called once for each such file, and once if there is none
     * (ERR_NOT_FOUND). `changed` follows when all is well again. May be NULL. */
    void (*refused)(void *ctx, enum status status, const struct error *err);
    /* Asks the writer for a copy, which comes by answer_source_copy(). NULL: it makes none. */
    void (*copy_wanted)(void *ctx);
};

/* Never fails, as a file that is missing may still come. `events` is kept, not copied, and may be
 * called before this returns. */
struct answer_source *answer_source_new(struct loop *loop, const char *directory,
                                        const struct answer_source_events *events,
                                        void *ctx);
void answer_source_free(struct answer_source *source);
CLEANER(answer_source_free, struct answer_source *)
const char *answer_source_directory(const struct answer_source *source);

/* ----- reading ----- */

/* A read is
 *
 *     answer_source_begin(source, &look);
 *     do
 *         ... read look.image, which is NULL if there is none ...
 *     while (answer_source_again(source, &look));
 *
 * within one call from the loop. While look.changes is true, bytes of the image may change during
 * the read. After some tries the image is one that does not change, so that the reading ends. */
struct answer_look {
    const struct image *image;
    bool changes;
    unsigned tries;
    uint64_t ticket;
};
void answer_source_begin(struct answer_source *source, struct answer_look *look);
/* True: the image has changed meanwhile, so that what was read may be torn; *look begins again. */
bool answer_source_again(struct answer_source *source, struct answer_look *look);

/* Whether there is an image. */
bool answer_source_has_image(const struct answer_source *source);

/* The present image, which must exist, as one that does not change. The caller releases it. It
 * stays valid when another image replaces it, and when the source is freed. NULL: it has to be
 * copied first, and `fn` is called once, later. Until then `wait` must stay. */
struct answer_hold *answer_source_hold(struct answer_source *source,
                                       struct answer_wait *wait, answer_hold_fn fn,
                                       void *ctx);

/* ----- from the writer; descriptors are lent ----- */

/* A new control page; its images follow. Until its live one has come, the old image stays in
 * use. */
MUST_CHECK enum status answer_source_control_page(struct answer_source *source, int fd,
                                                  struct error *err);
/* An image of the control page, with its id. */
MUST_CHECK enum status answer_source_file(struct answer_source *source, uint32_t id,
                                          int fd, struct error *err);
/* The copy that was asked for; -1: there is none. */
MUST_CHECK enum status answer_source_copy(struct answer_source *source, int fd,
                                          struct error *err);
/* The writer is gone. */
void answer_source_unfed(struct answer_source *source);
/* Whether answers come from the writer's images, and no file is open. */
bool answer_source_is_fed(const struct answer_source *source);
