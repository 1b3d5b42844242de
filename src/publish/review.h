// SPDX-License-Identifier: GPL-3.0-or-later
/* review.h - what of the operator's lines is surely not meant, though it can be published.
 *
 * Warned of are, of single records: names with blanks or '#' in them (a remark behind a field
 * belongs to it), addresses where a name should stand, an SRV with port 0, a DNAME (it is not
 * acted on), an address field with a name in it; of all of them: a CNAME beside other records,
 * names in no zone of ours, several SOA lines of a zone, a zone without name servers, and name
 * servers of a zone that are spelled in two ways. */
#pragma once

#include "dns/record.h"
#include "publish/findings.h"
#include "publish/static.h"

struct review;

/* `findings` is borrowed. */
struct review *review_new(struct findings *findings);
void review_free(struct review *review);

/* A record of the line at which `reader` is. */
void review_record(struct review *review, const struct static_reader *reader,
                   const struct record *record);

/* Whether a name lies in a zone of the database. */
struct review_zones {
    bool (*has)(void *ctx, const struct name *name);
    void *ctx;
};
/* Looks at all of them. `complete`: no line was left out for a mistake. */
void review_end(struct review *review, const struct review_zones *zones, bool complete);
