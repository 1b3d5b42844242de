// SPDX-License-Identifier: GPL-3.0-or-later
/* content.h - all that an image contains: the operator's lines, the database's zones, and the
 * rules for where the two meet.
 *
 * - A name with static lines belongs to them. A host of that name is left out, and so are further
 *   records below an apex.
 * - Static SOA, NS and wildcard records at or below the apex of a dynamic zone are errors, and so
 *   is a CNAME at the apex. An NS at the apex that the zone has as well is merged.
 * - A record whose data do not fit its type is left out, because secondaries would refuse its
 *   zone.
 * - Each record is given once. Of several static SOA records of one zone the first is given.
 * - No serial is older than in the present image: serials.h. */
#pragma once

#include <stdatomic.h>

#include "publish/byteset.h"
#include "publish/serials.h"
#include "publish/static.h"
#include "publish/zones.h"

struct image;

struct content_options {
    struct store *store; /* stands in a transaction; NULL: no dynamic zones */
    struct static_paths statics;
    uint32_t static_serial; /* static_look()'s */
    /* What is published now: `before`, or else the image `present`. Both may be NULL. */
    const struct image *present;
    const struct serials *before;
    bool distrusts_image;       /* `present` may be damaged */
    const struct serials *kept; /* what was published once (ledger.h); NULL: not known */
    const atomic_bool *stop; /* once it is true, a walk ends with ERR_BUSY; may be NULL */
    /* Takes all mistakes in the lines, and what is hardly meant in them (review.h). NULL: the
     * first mistake ends the walk. */
    struct findings *findings;
    /* Also gets what the database gives; may be NULL. */
    const struct record_sink *dynamic;
};

struct content_counts {
    size_t zones, static_records;
    size_t left_out;               /* static records that are not whole (dns/rdata.h) */
    struct error left_out_example; /* FILE:LINE and what it is; empty: none */
    struct zones_counts dynamic;
    struct serials_held held;
};

/* Emits everything. May be called again. ERR_CONFLICT: an overlap. */
MUST_CHECK enum status content_walk(const struct content_options *options,
                                    const struct record_sink *sink,
                                    struct content_counts *counts, struct error *err);

/* What a walk learned, so that single names can be kept up to date afterwards (delta.h). It is
 * small, because it holds nothing about hosts. */
struct content_ground {
    struct zones *zones;     /* in no transaction; NULL: nothing was learned */
    struct serials *serials; /* without the present image */
    struct byteset *taken;   /* names with static lines */
};
/* Does the same as content_walk(), and fills *ground on OK. The caller ends it with
 * content_ground_done(). */
MUST_CHECK enum status content_learn(const struct content_options *options,
                                     const struct record_sink *sink,
                                     struct content_counts *counts,
                                     struct content_ground *ground, struct error *err);
/* Frees what the ground holds and leaves it empty. */
void content_ground_done(struct content_ground *ground);
/* The hash by which an NS record at an apex counts for the zone above. */
uint64_t content_hash_delegation(const struct record *record);
