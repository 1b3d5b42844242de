// SPDX-License-Identifier: GPL-3.0-or-later
/* served_image.h - the image that answers come from. It may change while it is read.
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

#include "answer/frozen_image.h"
#include "base/error.h"
#include "net/loop.h"

struct image;

struct served_image;

struct served_image_events {
    /* Another image is in use now. May be NULL. */
    void (*changed)(void *ctx);
    /* A file was refused. Is called once for each such file, and once if there is none
     * (ERR_NOT_FOUND). `changed` follows when all is well again. May be NULL. */
    void (*refused)(void *ctx, enum status status, const struct error *err);
    /* Asks the writer for a copy, which comes by served_image_copy(). NULL: it makes none. */
    void (*copy_wanted)(void *ctx);
};

/* Never fails, as a file that is missing may still come. `events` is kept, not copied, and may be
 * called before this returns. */
struct served_image *served_image_new(struct loop *loop, const char *directory,
                                      const struct served_image_events *events,
                                      void *ctx);
void served_image_free(struct served_image *served);
CLEANER(served_image_free, struct served_image *)
const char *served_image_directory(const struct served_image *served);

/* ----- reading ----- */

/* A read is
 *
 *     served_image_begin(served, &look);
 *     do
 *         ... read look.image, which is NULL if there is none ...
 *     while (served_image_again(served, &look));
 *
 * within one call from the loop. While look.changes is true, bytes of the image may change during
 * the read. After some tries the image is one that does not change, so that the reading ends. */
struct served_look {
    const struct image *image;
    bool changes;
    unsigned tries;
    uint64_t ticket;
};
void served_image_begin(struct served_image *served, struct served_look *look);
/* True: the image has changed meanwhile, so that what was read may be torn; *look begins again. */
bool served_image_again(struct served_image *served, struct served_look *look);

/* Whether there is an image. */
bool served_image_is_there(const struct served_image *served);

/* The present image, which must exist, as one that does not change. The caller releases it. It
 * stays valid when another image replaces it, and when the served image is freed. NULL: it has to
 * be copied first, and `fn` is called once, later. Until then `wait` must stay. */
struct frozen_image *served_image_freeze(struct served_image *served,
                                         struct frozen_wait *wait, frozen_image_fn fn,
                                         void *ctx);

/* ----- from the writer; descriptors are lent ----- */

/* A new control page; its images follow. Until its live one has come, the old image stays in
 * use. */
MUST_CHECK enum status served_image_control_page(struct served_image *served, int fd,
                                                 struct error *err);
/* An image of the control page, with its id. */
MUST_CHECK enum status served_image_file(struct served_image *served, uint32_t id, int fd,
                                         struct error *err);
/* The copy that was asked for; -1: there is none. */
MUST_CHECK enum status served_image_copy(struct served_image *served, int fd,
                                         struct error *err);
/* The writer is gone. */
void served_image_writer_gone(struct served_image *served);
/* Whether answers come from the writer's images, and no file is open. */
bool served_image_is_from_writer(const struct served_image *served);
