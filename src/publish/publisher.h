// SPDX-License-Identifier: GPL-3.0-or-later
/* publisher.h - keeps the image equal to the database and the operator's files.
 *
 * Builds the image at the start, then whenever the newest `seq` of the database differs from
 * the one in the image, or a static file has changed: soon after publisher_wake() or a
 * notice from the folders, else at the next look by timer. While something is wrong (no
 * database yet, an error in a static file, ...) the last good image stays and every look
 * tries again. Nothing is built without the database. Beside the image, a fragment in the
 * tinydns data language can be written (text.h); what goes wrong there does not hold back the
 * image. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct loop;
struct name;
struct publisher;

/* Tells how an attempt ended: `seq` is what the image now has, `err` is NULL with OK. A
 * failure is told once for each distinct text in a row; every new image, and every fragment
 * that was late, is told with OK, and publisher_trouble() may have something to say then. */
typedef void (*publisher_settled_fn)(void *ctx, int64_t seq, enum status status,
                                     const struct error *err);
/* A zone of the image that is being made; NULL when one begins, whatever became of the one
 * before. That it is in place, `settled` tells. */
typedef void (*publisher_zone_fn)(void *ctx, const struct name *zone, uint32_t serial);

struct publisher_options {
    struct loop *loop;
    const char *database;         /* path of the database file */
    const char *directory;        /* where data.cdb goes; created if it is missing */
    const char *const *statics;   /* the operator's files and folders of files */
    size_t static_count;          /* 0: none */
    const char *text;             /* path of the fragment; NULL: none */
    int poll_ms;                  /* between looks by timer; 0: 1000 */
    int coalesce_ms;              /* least time between two builds; 0: 20. Twice as
                                     long as the last build took, if that is more */
    publisher_settled_fn settled; /* may be NULL */
    publisher_zone_fn zone;       /* may be NULL */
    void *ctx;
};

/* Copies the options' texts. The first build comes from the loop. ERR_IO: the directory
 * cannot be used. */
MUST_CHECK enum status publisher_start(const struct publisher_options *options,
                                       struct publisher **out, struct error *err);
/* Something was committed. Cheap; many calls become one look. */
void publisher_wake(struct publisher *publisher);
/* Builds anew, and at once, whatever the files look like from outside; `statics` are the
 * operator's paths from now on. */
void publisher_reread(struct publisher *publisher, const char *const *statics,
                      size_t static_count);
/* What is wrong: why the last attempt failed, or why there is no fragment; empty when nothing
 * is. Lent. */
const char *publisher_trouble(const struct publisher *publisher);

/* Of the last image built. */
struct publisher_counts {
    size_t zones, hosts;         /* dynamic ones */
    size_t static_records;       /* without duplicates */
    size_t hosts_shadowed;       /* left out: the name has static lines */
    char shadowed_example[1025]; /* one of them as text; empty: none */
    size_t serials_held;         /* zones whose line gives an older serial */
    char held_example[1025];     /* one of them */
};
const struct publisher_counts *publisher_counts(const struct publisher *publisher);

/* Ends it and frees it; NULL is fine. Not from within the callback. */
void publisher_stop(struct publisher *publisher);
CLEANER(publisher_stop, struct publisher *)
