// SPDX-License-Identifier: GPL-3.0-or-later
/* publisher.h - keeps the image equal to the database and the operator's files.
 *
 * Builds the image whole at the start. From then on it goes by the journal: what was committed
 * is brought into the image that stands, at once after publisher_wake(), else at the next look
 * by timer (delta.h, image/changes.h). A whole image is made again when the journal does not
 * tell enough, when a static file has changed (by a notice from the folders, or at the next
 * look), when the image's room is used up, where the file system allows no changes in place,
 * and whenever in doubt; whole ones are followed by a pause.
 *
 * Whole images are made in a thread (rebuild.h), while changes go on coming into the one that
 * is in place, as far as it can take them. The new one then catches up with what the old one
 * has got meanwhile, its serials go on from the present ones, and it comes into its place
 * (successor.h).
 *
 * While something is wrong (no database yet, an error in a static file, ...) the last good image
 * stays and every look tries again; hosts go on changing in it as long as the database can be
 * read. Nothing is built without the database. Beside the image, a fragment in the tinydns data
 * language can be written (text.h), at a pace of its own; what goes wrong there does not hold
 * back the image. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "publish/counts.h"

struct loop;
struct image_writer;
struct name;
struct publisher;

/* Tells how an attempt ended: `seq` is what the image now has, `err` is NULL with OK. A
 * failure is told once for each distinct text in a row; every new image, and every fragment
 * that was late, is told with OK, and publisher_trouble() may have something to say then. */
typedef void (*publisher_settled_fn)(void *ctx, int64_t seq, enum status status,
                                     const struct error *err);
/* Every zone of a whole image that has come into place, before `settled` tells of it; first of
 * all NULL. */
typedef void (*publisher_zone_fn)(void *ctx, const struct name *zone, uint32_t serial);
/* A zone of the image that is in place has a new serial; all else of the image stays. `settled`
 * follows. */
typedef void (*publisher_changed_fn)(void *ctx, const struct name *zone, uint32_t serial);

struct publisher_options {
    struct loop *loop;
    const char *database;         /* path of the database file */
    const char *directory;        /* where data.cdb goes; created if it is missing */
    const char *const *statics;   /* the operator's files and folders of files */
    size_t static_count;          /* 0: none */
    const char *text;             /* path of the fragment; NULL: none */
    int poll_ms;                  /* between looks by timer; 0: 1000 */
    int coalesce_ms;              /* least time between two whole images; 0: 20. Twice as
                                     long as the last one took, if that is more */
    publisher_settled_fn settled; /* may be NULL */
    publisher_zone_fn zone;       /* may be NULL */
    publisher_changed_fn changed; /* may be NULL */
    void *ctx;
};

/* Copies the options' texts. The first build begins in the loop. ERR_IO: the directory
 * cannot be used. */
MUST_CHECK enum status publisher_start(const struct publisher_options *options,
                                       struct publisher **out, struct error *err);
/* Something was committed, or the writer has work to do (image_writer_snapshot()). Cheap; many
 * calls become one look. */
void publisher_wake(struct publisher *publisher);
/* Builds anew, and at once, whatever the files look like from outside; `statics` are the
 * operator's paths from now on. */
void publisher_reread(struct publisher *publisher, const char *const *statics,
                      size_t static_count);
/* What is wrong: why the last attempt failed, or why there is no fragment; empty when nothing
 * is. Lent. */
const char *publisher_trouble(const struct publisher *publisher);

/* Whether an image or a fragment is being made beside the loop. */
bool publisher_is_rebuilding(const struct publisher *publisher);

/* What writes the image, for who hands it to readers; lent. Only the publisher changes it. */
struct image_writer *publisher_writer(struct publisher *publisher);

const struct publisher_counts *publisher_counts(const struct publisher *publisher);

/* Ends it and frees it; NULL is fine. Not from within the callback. A build that runs ends
 * soon, without a result. */
void publisher_stop(struct publisher *publisher);
CLEANER(publisher_stop, struct publisher *)
