// SPDX-License-Identifier: GPL-3.0-or-later
/* serials.h - chooses the serial that each zone is published with.
 *
 * A zone's own serial comes from its SOA line, from the time of the files, or from the journal.
 * None of these notices everything that may change in a zone: a line inside a dynamic zone, a zone
 * below that was added or removed, a database from a backup. So the image keeps a note for each
 * zone, a fingerprint of what it was made from, and the next image compares:
 * - the own serial, when it is newer (RFC 1982) than the published one;
 * - else the published one, plus one when the fingerprint differs.
 * So the published serial never falls, and soon equals the own one again. A serial that an SOA
 * line gives and that equals the published one stays: the operator has to raise it.
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

/* What is published now is in `before`, or else in the image `present`. Both NULL: nothing. */
struct serials *serials_new(const struct image *present, const struct serials *before);
/* A copy of what was chosen, for use as `before` in another thread. The caller frees it. */
struct serials *serials_copy(const struct serials *serials);
void serials_free(struct serials *serials);
CLEANER(serials_free, struct serials *)

/* ----- what outlives the image ----- */

/* How a zone was published once. */
struct serial_kept {
    uint32_t own, published; /* `published`: the newest, if it differs by location */
    uint64_t print;
};
/* Calls `fn` for each zone that had a serial chosen, or was put. */
void serials_each_kept(const struct serials *serials,
                       void (*fn)(void *ctx, struct str apex,
                                  const struct serial_kept *kept),
                       void *ctx);
void serials_put_kept(struct serials *serials, struct str apex,
                      const struct serial_kept *kept);
/* Whether a serial was chosen, or put, for the zone. */
bool serials_are_chosen(const struct serials *serials, const struct name *apex);
/* Whether `kept` is still enough for all of `serials`, so that it need not be renewed: no published
 * serial is ahead of the zone's own one by more than it is in `kept`. */
bool serials_cover(const struct serials *kept, const struct serials *serials);
/* `kept` counts as well where the image has no serial or an older one, or is not to be trusted.
 * It is lent. Without effect when there is a `before`. */
void serials_recall(struct serials *serials, const struct serials *kept,
                    bool trusts_image);

/* ----- choosing ----- */

/* A zone begins at `apex`, a name in wire form. May be called again for the same zone. */
void serials_add_zone(struct serials *serials, struct str apex);
/* Counts a record at `owner` that depends on something the zone's own serial does not notice.
 * `hash` covers all of the record. NS records at an apex count for the zone above too, which
 * repeats them as a delegation; with `above_alone` they count only there. */
void serials_add_record(struct serials *serials, struct str owner, uint64_t hash,
                        bool is_ns, bool above_alone);

/* Adds one of the zone's own serials. A zone that differs by location has several SOA records. */
void serials_add_own(struct serials *serials, struct str apex, uint32_t own);

/* A zone's SOA record before it is published. */
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

/* Calls `fn` for each zone with the serial that was chosen; of several the first. */
void serials_each(const struct serials *serials,
                  void (*fn)(void *ctx, struct str apex, uint32_t serial), void *ctx);

/* Serials in lines that are older than the published ones, and therefore not used. */
struct serials_held {
    size_t count;
    struct name example; /* n is 0: none */
};
const struct serials_held *serials_held(const struct serials *serials);

/* ----- changes of single names, after a walk ----- */

/* Call it when choosing is over: `present`, `before` and `kept` are not used any more. */
void serials_forget_present(struct serials *serials);

/* What the next whole image would choose for a dynamic zone if only its own serial had changed. */
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
/* What a zone has to be published with when its image replaces one with the serials `live`, which
 * has changed since these were chosen: the same serial for the same content, never an older one,
 * and never one that had other content. False: what was chosen fits. */
bool serials_align(const struct serials *serials, const struct name *apex,
                   const struct serials *live, struct serial_step *out);
/* The zone has been published so. */
void serials_take_step(struct serials *serials, const struct name *apex,
                       const struct serial_step *step);
/* Whether a zone begins at `name`. *delegation: the sum of its hashes that were added with
 * `above_alone`. */
bool serials_begins_zone(const struct serials *serials, const struct name *name,
                         uint64_t *delegation);
