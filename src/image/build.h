// SPDX-License-Identifier: GPL-3.0-or-later
/* build.h - makes one image file from records in any order. For this room alone.
 *
 * Records go to the file as they come. Memory keeps 12 bytes for each of them, the marks, and where
 * each zone's records are. When all records are in, the file gets the zones' index, the marks with
 * places for their counts, the slack, the tables and the header. At last the counts are corrected
 * and written (see build.c). */
#pragma once

#include "dns/record.h"
#include "image/index.h"
#include "image/marks.h"
#include "image/slack.h"

struct build_item;

struct build {
    const char *path; /* of the new file; lent */
    int fd;
    uint64_t limit;     /* most bytes of the whole file */
    enum status status; /* sticky */

    uint8_t *pending; /* bytes that are not in the file yet */
    size_t pending_n;
    uint64_t size; /* of the file, with what is pending */

    struct build_item *items;
    size_t n, items_size;
    uint32_t in_table[256];
    struct slack slack; /* set by build_finish() */
    struct marks marks;
    struct index index;
    uint32_t parent; /* of the record before: a number of index.h */
    bool has_locations;
    bool has_marks; /* HAS_MARKS is in the file already */

    struct record last; /* owner and wildcard flag of the record before; no rdata */
    uint32_t *doubtful; /* positions of records that may not be the first of their name */
    size_t doubtful_n, doubtful_size;
};

/* Begins the file `path`, which must not exist. The caller ends `build` with build_done() in any
 * case, and keeps or removes the file. ERR_IO. */
MUST_CHECK enum status build_init(struct build *build, const char *path, uint64_t limit,
                                  struct error *err);
void build_done(struct build *build);

/* Adds a record; errors as image_source says. */
MUST_CHECK enum status build_add(struct build *build, const struct record *record,
                                 struct error *err);
/* Adds a location; the same errors. */
MUST_CHECK enum status build_add_location(struct build *build,
                                          const struct location_rule *rule,
                                          struct error *err);
/* Completes the file; it is not synced. */
MUST_CHECK enum status build_finish(struct build *build, struct error *err);
