// SPDX-License-Identifier: GPL-3.0-or-later
/* source.h - the image that is answered from, which may change under the reader's eyes.
 *
 * By itself it opens DIRECTORY/data.cdb and watches the directory. A new file that was renamed
 * into place is taken at once; one that cannot be read is refused, told of once, and the old
 * one stays in use, also when its name is gone. Where there is no old one, the writer's other file
 * (data.spare) is taken until there is a whole data.cdb. Nothing else is needed: as long as the
 * directory is there, answers come, whoever else is dead. A file that was cut or changed its
 * size in place is given up.
 *
 * The writer of the image may hand out its own two images in memory instead
 * (image/live_reader.h), which nobody can cut. Then the source closes data.cdb, which would hold up
 * changes, and does not watch the directory. When the writer is gone it goes on with the image
 * that is live, and follows the directory again.
 *
 * For one thread; each has a source of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "answer/hold.h"
#include "base/error.h"
#include "net/loop.h"

struct image;

struct answer_source;

struct answer_source_events {
    /* Another file is in use now. May be NULL. */
    void (*changed)(void *ctx);
    /* A file could not be taken; once for each such file, and once when it is missing
     * (ERR_NOT_FOUND). `changed` follows when all is well again. May be NULL. */
    void (*refused)(void *ctx, enum status status, const struct error *err);
    /* The writer is to make a copy for answer_source_copy(). May be NULL: it cannot. */
    void (*copy_wanted)(void *ctx);
};

/* Never fails: what is missing now may come. `events` is kept, not copied, and may be called
 * before this returns. */
struct answer_source *answer_source_new(struct loop *loop, const char *directory,
                                        const struct answer_source_events *events,
                                        void *ctx);
void answer_source_free(struct answer_source *source);
CLEANER(answer_source_free, struct answer_source *)
const char *answer_source_directory(const struct answer_source *source);

/* ----- reading ----- */

/* Reads go
 *
 *     answer_source_begin(source, &look);
 *     do
 *         ... make something of look.image, which may be NULL: there is none ...
 *     while (answer_source_again(source, &look));
 *
 * within one call from the loop. While look.changes is true, bytes of the image may change
 * between two looks at them. The loop ends soon: after some tries with an image that does not
 * change. */
struct answer_look {
    const struct image *image;
    bool changes;
    unsigned tries;
    uint64_t ticket;
};
void answer_source_begin(struct answer_source *source, struct answer_look *look);
/* True: what was read may be torn, and *look has begun again. */
bool answer_source_again(struct answer_source *source, struct answer_look *look);

/* Whether there is an image. */
bool answer_source_has_image(const struct answer_source *source);

/* The image of now, which there must be, as one that does not change, to be released; it stays
 * when another takes its place or the source goes away. NULL: a copy has to be made, and `fn`
 * is called once, later; until then `wait` belongs to the source. */
struct answer_hold *answer_source_hold(struct answer_source *source,
                                       struct answer_wait *wait, answer_hold_fn fn,
                                       void *ctx);

/* ----- what the writer hands out; descriptors are lent ----- */

/* A new control page, whose images follow. Until its live one is there, what was stays in use. */
MUST_CHECK enum status answer_source_control_page(struct answer_source *source, int fd,
                                                  struct error *err);
MUST_CHECK enum status answer_source_file(struct answer_source *source, uint32_t id,
                                          int fd, struct error *err);
/* The copy that was wanted; -1: it cannot be had. */
MUST_CHECK enum status answer_source_copy(struct answer_source *source, int fd,
                                          struct error *err);
/* The writer is gone. */
void answer_source_unfed(struct answer_source *source);
/* Whether answers come from the writer's own files, and no other one is open. */
bool answer_source_is_fed(const struct answer_source *source);
