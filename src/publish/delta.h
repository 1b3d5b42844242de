// SPDX-License-Identifier: GPL-3.0-or-later
/* delta.h - turns rows of the journal into changes of single names in the image.
 *
 * The names that the rows are about are read anew from the database and made into records by the
 * rules of a whole image (zones.h). The serials of their zones become what a whole image would
 * have. Some changes cannot be made by names and need a whole image: a zone was added, removed or
 * set; there are operator's lines of the same name; a delegation is repeated in the zone above;
 * rows are gone, or are not the expected ones. */
#pragma once

#include "image/changes.h"
#include "publish/content.h"
#include "store/rows.h"

struct delta;

enum {
    DELTA_ROWS_MAX = 10000 /* of the journal, in one stretch */
};

struct delta_options {
    struct store *store; /* stands in a transaction */
    struct content_ground *ground;
    const struct change_row *after; /* the newest row that the image has; seq 0: none */
};

/* Reads the rows that follow, at most DELTA_ROWS_MAX, and what they are about. The result owns
 * everything that it holds, and must not outlive the ground. ERR_LIMIT: a whole image is needed;
 * *err says why. ERR_IO. */
MUST_CHECK enum status delta_read(const struct delta_options *options, struct delta **out,
                                  struct error *err);
void delta_free(struct delta *delta);
CLEANER(delta_free, struct delta *)

/* The newest row that was read, or the one from the options. */
const struct change_row *delta_newest(const struct delta *delta);
/* Whether there may be more rows. */
bool delta_is_full(const struct delta *delta);

/* What to do to the image; lent. */
const struct image_changes *delta_changes(const struct delta *delta);
/* The serial that zone number `zone` of these has been published with so far. */
uint32_t delta_old_serial(const struct delta *delta, size_t zone);
/* The zone that a node belongs to, as an index of the changes' zones. SIZE_MAX: its zone has no new
 * serial. */
size_t delta_zone_of(const struct delta *delta, size_t node);

/* How many more hosts are published, and how many more are hidden by static lines. May be
 * negative. */
struct delta_counts {
    int64_t hosts, taken;
    struct name taken_example; /* a new one; n is 0: none */
};
struct delta_counts delta_counts(const struct delta *delta);

/* The changes are in the image: the ground takes the new serials. */
void delta_settle(const struct delta *delta);
