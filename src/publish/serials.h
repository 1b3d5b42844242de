// SPDX-License-Identifier: GPL-3.0-or-later
/* serials.h - which serial each zone is published with.
 *
 * A zone's own serial comes from its SOA line, from the time of the files, or from the
 * journal. None of these tells of everything that may change in a zone: a line inside a
 * dynamic zone, a zone below that came or went, a database from a backup. So the image keeps
 * a note for each zone, a fingerprint of what it was made from, and the next one compares:
 * - the own serial when it is newer (RFC 1982) than the published one;
 * - else the published one, and one more when the fingerprint differs.
 * The published serial therefore never falls, and soon is the zone's own again. A serial that
 * an SOA line gives and that is the published one stays: it is the operator's to raise.
 *
 * Order of calls: all zones, then all records and own serials of a zone, then its choices. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dns/record.h"

struct image;
struct serials;

enum {
    SERIAL_NOTE_SIZE = 8
};

/* What is published now is told by `before`, or else by the image `present`; NULL: nothing. */
struct serials *serials_new(const struct image *present, const struct serials *before);
/* What was chosen, as another's `before`: nobody else writes to it. */
struct serials *serials_copy(const struct serials *serials);
void serials_free(struct serials *serials);
CLEANER(serials_free, struct serials *)

/* ----- what outlives the image ----- */

/* Of a zone as it was published once. */
struct serial_kept {
    uint32_t own, published; /* the newest, when it differs by location */
    uint64_t print;
};
/* Each zone that had a serial chosen, or was put. */
void serials_each_kept(const struct serials *serials,
                       void (*fn)(void *ctx, struct str apex,
                                  const struct serial_kept *kept),
                       void *ctx);
void serials_put_kept(struct serials *serials, struct str apex,
                      const struct serial_kept *kept);
/* Whether a serial was chosen, or put, for the zone. */
bool serials_are_chosen(const struct serials *serials, const struct name *apex);
/* What was published since is at most the own serial and as much more as `kept` was ahead of its
 * own. Whether that holds for all of `serials`, so that `kept` need not be renewed. */
bool serials_cover(const struct serials *kept, const struct serials *serials);
/* Where the image does not tell, is older than this, or is not to be trusted, `kept` counts too,
 * which is lent. Without a `before`. */
void serials_recall(struct serials *serials, const struct serials *kept,
                    bool trusts_image);

/* ----- choosing ----- */

/* A zone begins at `apex`, a name in wire form; it may be told often. */
void serials_add_zone(struct serials *serials, struct str apex);
/* A record at `owner`, of which `hash` tells everything, is made from something that its
 * zone's own serial does not count. NS records at an apex count for the zone above too,
 * which repeats them as a delegation; with `above_alone` only for that. */
void serials_add_record(struct serials *serials, struct str owner, uint64_t hash,
                        bool is_ns, bool above_alone);

/* One of the zone's own serials; it has several SOA records when it differs by location. */
void serials_add_own(struct serials *serials, struct str apex, uint32_t own);

/* A zone's SOA record before it goes out. */
struct serial_choice {
    const struct name *apex;
    const uint8_t *location; /* of the SOA record */
    uint32_t own;
    bool is_given; /* by an SOA line */
};
/* The serial to publish. */
uint32_t serials_choose(struct serials *serials, const struct serial_choice *choice);
/* Emits the note of each zone that had a serial chosen. */
MUST_CHECK enum status serials_emit_notes(const struct serials *serials,
                                          const struct record_sink *sink,
                                          struct error *err);

/* Each zone with the serial that was chosen; of several the first. */
void serials_each(const struct serials *serials,
                  void (*fn)(void *ctx, struct str apex, uint32_t serial), void *ctx);

/* Serials given by lines that are older than the published ones, which therefore go on. */
struct serials_held {
    size_t count;
    struct name example; /* n is 0: none */
};
const struct serials_held *serials_held(const struct serials *serials);

/* ----- changes of single names, after a walk ----- */

/* What is published now goes away; nothing is chosen any more. */
void serials_forget_present(struct serials *serials);

/* What the next whole image would choose for a dynamic zone whose own serial is another one,
 * all else being as it was. */
struct serial_step {
    uint32_t own, published;
    uint64_t print;
    char note[SERIAL_NOTE_SIZE];
};
/* False: the own serial is the same, or no serial was chosen for the zone. */
bool serials_step(const struct serials *serials, const struct name *apex, uint32_t own,
                  struct serial_step *out);
/* The serial that a zone has been published with; 0: none was chosen. */
uint32_t serials_published(const struct serials *serials, const struct name *apex);
/* What a zone has to be published with when its image follows on `live`, which has gone on since
 * these serials were chosen: the same serial for the same content, never an older one, and none
 * with other content. False: what was chosen. */
bool serials_align(const struct serials *serials, const struct name *apex,
                   const struct serials *live, struct serial_step *out);
/* It has been published so. */
void serials_take_step(struct serials *serials, const struct name *apex,
                       const struct serial_step *step);
/* Whether a zone begins at `name`; the sum of the hashes that were told with `above_alone`. */
bool serials_begins_zone(const struct serials *serials, const struct name *name,
                         uint64_t *delegation);
