// SPDX-License-Identifier: GPL-3.0-or-later
/* review.h - finds what in the operator's lines is surely not meant, although it can be published.
 *
 * It warns of single records: names with blanks or '#' in them (a remark after a field becomes part
 * of the field), addresses where a name should be, an SRV with port 0, a DNAME (which has no effect
 * here), an address field with a name in it. It warns of all of them together: a CNAME beside other
 * records, names in no zone of ours, several SOA lines of a zone, a zone without name servers, and
 * name servers of a zone that are spelled in two ways. */
#pragma once

#include "dns/record.h"
#include "publish/findings.h"
#include "publish/static.h"

struct review;

/* `findings` is borrowed. */
struct review *review_new(struct findings *findings);
void review_free(struct review *review);

/* Takes a record of the line that `reader` is at. */
void review_record(struct review *review, const struct static_reader *reader,
                   const struct record *record);

/* Knows whether a name lies in a zone of the database. */
struct review_zones {
    bool (*has)(void *ctx, const struct name *name);
    void *ctx;
};
/* Judges all of them together. `complete`: no line was left out because of a mistake. */
void review_end(struct review *review, const struct review_zones *zones, bool complete);
