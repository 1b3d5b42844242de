// SPDX-License-Identifier: GPL-3.0-or-later
/* publisher.h - keeps the image equal to the database and the operator's files.
 *
 * At the start it builds the whole image. From then on it follows the journal: what was committed
 * is written into the image in place, at once after publisher_wake() or else at the next look by
 * timer (delta.h, image/changes.h). It builds a whole image again when
 * - the journal does not say enough,
 * - a static file has changed (found by inotify or at the next look),
 * - the image has no room left,
 * - the file system does not allow changes in place, or
 * - anything is in doubt.
 * Each whole image is followed by a pause.
 *
 * A thread makes whole images (rebuild.h). Meanwhile changes still go into the image in place, as
 * far as it can take them. The new image then catches up with the old one, its serials go on from
 * the old ones, and it replaces it (build.h, successor.h).
 *
 * While something is wrong (no database yet, an error in a static file, ...) the last good image
 * stays, and every look tries again. Hosts still change in it as long as the database can be read.
 * Nothing is built without the database.
 *
 * Beside the image a fragment in the tinydns data language can be written (text.h), at a pace of
 * its own. An error there does not hold up the image. */
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

/* Called when an attempt has ended. `seq` is what the image has now; `err` is NULL with OK. Equal
 * failures in a row are reported once. OK is reported for every new image and for every fragment
 * that was late; even then publisher_trouble() may have something to say. */
typedef void (*publisher_settled_fn)(void *ctx, int64_t seq, enum status status,
                                     const struct error *err);
/* Called when a whole image has come into place: first with NULL, then for each of its zones.
 * `settled` follows. */
typedef void (*publisher_zone_fn)(void *ctx, const struct name *zone, uint32_t serial);
/* Called when a zone of the image in place has a new serial; all other zones stay as they were.
 * `settled` follows. */
typedef void (*publisher_changed_fn)(void *ctx, const struct name *zone, uint32_t serial);

struct publisher_options {
    struct loop *loop;
    const char *database;       /* path of the database file */
    const char *directory;      /* where data.cdb goes; created if it is missing */
    const char *const *statics; /* the operator's files and folders of files */
    size_t static_count;        /* 0: none */
    const char *text;           /* path of the fragment; NULL: none */
    int poll_ms;                /* between looks by timer; 0: 1000 */
    /* The least time between two whole images; 0: 20. It is twice as long as the last one took,
     * if that is more. */
    int coalesce_ms;
    publisher_settled_fn settled; /* may be NULL */
    publisher_zone_fn zone;       /* may be NULL */
    publisher_changed_fn changed; /* may be NULL */
    void *ctx;
};

/* Copies the options' texts. The first build begins in the loop. ERR_IO: the directory
 * cannot be used. */
MUST_CHECK enum status publisher_start(const struct publisher_options *options,
                                       struct publisher **out, struct error *err);
/* Call it when something was committed, or when the writer has work to do
 * (image_writer_snapshot()). It is cheap; many calls lead to one look. */
void publisher_wake(struct publisher *publisher);
/* Builds a whole image at once, even if the files look unchanged. `statics` are the operator's
 * paths from now on. */
void publisher_reread(struct publisher *publisher, const char *const *statics,
                      size_t static_count);
/* What is wrong: why the last attempt failed, or why there is no fragment. Empty: nothing. Lent. */
const char *publisher_trouble(const struct publisher *publisher);

/* Whether an image or a fragment is being made beside the loop. */
bool publisher_is_rebuilding(const struct publisher *publisher);

/* The image's writer, from which readers get the image. Lent; only the publisher changes it. */
struct image_writer *publisher_writer(struct publisher *publisher);

const struct publisher_counts *publisher_counts(const struct publisher *publisher);

/* Ends it and frees it; NULL is fine. Not to be called from a callback. A build that runs ends
 * soon, without a result. */
void publisher_stop(struct publisher *publisher);
CLEANER(publisher_stop, struct publisher *)
