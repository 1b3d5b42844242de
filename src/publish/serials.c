// SPDX-License-Identifier: GPL-3.0-or-later
/* Chooses the serial of each zone: from its own one, from what was published before, and from a
 * fingerprint, the sum of the hashes of everything that the own serial does not count. */
#include "publish/serials.h"

#include "base/mem.h"
#include "image/image.h"
#include "publish/byteset.h"

#include <assert.h>
#include <string.h>

struct zone_print {
    uint64_t print;          /* the sum of the hashes: their order does not matter */
    uint64_t delegation;     /* of that in the zone above, what stands at this apex */
    uint32_t own, published; /* as chosen last */
    bool is_chosen, is_given;
    size_t choices; /* the first's place in `choices`, and 1 */
};

/* Of one SOA record. */
struct choice {
    uint8_t location[2];
    uint32_t serial;
    size_t next; /* of the same zone, likewise */
};

struct serials {
    const struct image *present;
    const struct serials *before;
    const struct serials *kept;
    bool trusts_image;
    struct byteset *apexes; /* numbers are places in `zones` */
    struct zone_print *zones;
    size_t room;
    struct choice *choices;
    size_t choice_count, choice_room;
    struct serials_held held;
};

struct serials *serials_new(const struct image *present, const struct serials *before)
{
    struct serials *serials = NEW(struct serials);
    serials->present = present;
    serials->before = before;
    serials->trusts_image = true;
    serials->apexes = byteset_new();
    return serials;
}

void serials_free(struct serials *serials)
{
    if (!serials)
        return;
    byteset_free(serials->apexes);
    mem_free(serials->zones);
    mem_free(serials->choices);
    mem_free(serials);
}

static void *copy_array(const void *at, size_t count, size_t size)
{
    void *copy = mem_new_array(count + 1, size);
    if (count)
        memcpy(copy, at, count * size);
    return copy;
}

struct serials *serials_copy(const struct serials *serials)
{
    struct serials *copy = serials_new(NULL, NULL);
    size_t count = byteset_count(serials->apexes);
    for (size_t i = 0; i < count; i++)
        (void)byteset_add(copy->apexes, byteset_get(serials->apexes, i));
    copy->zones = copy_array(serials->zones, count, sizeof(struct zone_print));
    copy->room = count;
    copy->choices =
        copy_array(serials->choices, serials->choice_count, sizeof(struct choice));
    copy->choice_count = copy->choice_room = serials->choice_count;
    return copy;
}

void serials_add_zone(struct serials *serials, struct str apex)
{
    size_t number = byteset_count(serials->apexes);
    if (!byteset_add(serials->apexes, apex))
        return;
    serials->zones =
        mem_grow(serials->zones, number + 1, &serials->room, sizeof(*serials->zones));
    serials->zones[number] = (struct zone_print){ 0 };
}

static struct str name_above(struct str name)
{
    return str_from_at(name, 1U + (uint8_t)name.at[0]);
}

/* The nearest zone at or above `name`; `name` becomes its apex, or empty. */
static struct zone_print *find_zone(const struct serials *serials, struct str *name)
{
    for (; name->n > 0; *name = name_above(*name)) {
        int64_t number = byteset_find(serials->apexes, *name);
        if (number != BYTESET_NONE)
            return &serials->zones[number];
    }
    return NULL;
}

void serials_add_record(struct serials *serials, struct str owner, uint64_t hash,
                        bool is_ns, bool above_alone)
{
    struct str apex = owner;
    struct zone_print *zone = find_zone(serials, &apex);
    if (!zone)
        return;
    if (!above_alone)
        zone->print += hash;
    if (!is_ns || apex.n != owner.n)
        return;
    zone->delegation += above_alone ? hash : 0;
    apex = name_above(apex);
    struct zone_print *above = find_zone(serials, &apex);
    if (above)
        above->print += hash;
}

/* Every bit of `value` reaches every bit of the result. */
static uint64_t stir(uint64_t value)
{
    value = (value ^ value >> 33) * 0xff51afd7ed558ccdU;
    value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53U;
    return value ^ value >> 33;
}

void serials_add_own(struct serials *serials, struct str apex, uint32_t own)
{
    struct zone_print *zone = find_zone(serials, &apex);
    if (zone)
        zone->print += stir(own + 1ULL);
}

/* NULL: none was chosen, or put, for the zone. */
static struct zone_print *find_chosen(const struct serials *serials,
                                      const struct name *apex)
{
    struct str found = name_bytes(apex);
    struct zone_print *zone = find_zone(serials, &found);
    return zone && zone->is_chosen && found.n == apex->n ? zone : NULL;
}

static struct choice *find_choice(const struct serials *serials,
                                  const struct zone_print *zone, const uint8_t *location)
{
    for (size_t at = zone->choices; at; at = serials->choices[at - 1].next)
        if (memcmp(serials->choices[at - 1].location, location, 2) == 0)
            return &serials->choices[at - 1];
    return NULL;
}

/* Of several at one location the first counts. */
static void keep_choice(struct serials *serials, struct zone_print *zone,
                        const uint8_t *location, uint32_t serial)
{
    if (find_choice(serials, zone, location))
        return;
    serials->choices = mem_grow(serials->choices, serials->choice_count + 1,
                                &serials->choice_room, sizeof(*serials->choices));
    struct choice *choice = &serials->choices[serials->choice_count++];
    *choice = (struct choice){ .serial = serial, .next = zone->choices };
    memcpy(choice->location, location, sizeof(choice->location));
    zone->choices = serials->choice_count;
}

static bool find_in_memory(const struct serials *before,
                           const struct serial_choice *choice, uint32_t *out)
{
    const struct zone_print *zone = find_chosen(before, choice->apex);
    const struct choice *found =
        zone ? find_choice(before, zone, choice->location) : NULL;
    if (found)
        *out = found->serial;
    return found != NULL;
}

static bool find_in_image(const struct serials *serials,
                          const struct serial_choice *choice, uint32_t *out)
{
    struct image_cursor cursor;
    struct image_record record;
    struct soa soa;
    if (!serials->present)
        return false;
    image_find(serials->present, NULL, name_bytes(choice->apex), false, &cursor);
    while (image_next(&cursor, &record))
        if (record.type == RR_SOA &&
            memcmp(record.location, choice->location, sizeof(record.location)) == 0 &&
            soa_decode(record.rdata, &soa) == OK) {
            *out = soa.serial;
            return true;
        }
    return false;
}

static bool find_published(const struct serials *serials,
                           const struct serial_choice *choice, uint32_t *out)
{
    return serials->before ? find_in_memory(serials->before, choice, out)
                           : find_in_image(serials, choice, out);
}

static struct str make_note(char out[SERIAL_NOTE_SIZE], uint64_t print)
{
    struct buf note = buf_on(out, SERIAL_NOTE_SIZE);
    buf_put_u64(&note, print);
    return buf_str(&note);
}

/* Whether what is published was made from the same. */
static bool is_unchanged(const struct serials *serials, const struct name *apex,
                         const struct zone_print *zone)
{
    char bytes[SERIAL_NOTE_SIZE];
    struct str note;
    if (serials->before) {
        const struct zone_print *before = find_chosen(serials->before, apex);
        return before && before->print == zone->print;
    }
    return image_note(serials->present, apex, &note) &&
           str_equal(note, make_note(bytes, zone->print));
}

/* The serial with which a zone is published, if it is known. */
struct serial_known {
    bool is_known, is_same; /* made from the same records */
    uint32_t published;
};

/* The newest that a zone may have been published with since. */
static uint32_t bound(const struct zone_print *kept, uint32_t own)
{
    if (own != kept->own && !serial_is_newer(own, kept->own))
        return kept->published; /* a database from a backup */
    return serial_is_newer(kept->published, kept->own)
               ? own + (kept->published - kept->own)
               : own;
}

/* Adds what is kept of the zone to what is known from the image. */
static void ask_kept(const struct serials *serials, const struct serial_choice *choice,
                     const struct zone_print *zone, struct serial_known *known)
{
    const struct zone_print *kept =
        serials->kept ? find_chosen(serials->kept, choice->apex) : NULL;
    bool is_older =
        kept && (!known->is_known || serial_is_newer(kept->published, known->published));
    if (known->is_known && !is_older && serials->trusts_image)
        return;
    known->is_same = is_older && kept->own == choice->own && kept->print == zone->print;
    if (is_older)
        known->published = kept->published;
    known->is_known = known->is_known || kept;
    if (!kept || known->is_same)
        return;
    uint32_t newest = bound(kept, choice->own);
    if (serial_is_newer(newest, known->published))
        known->published = newest;
}

static uint32_t choose(struct serials *serials, const struct serial_choice *choice,
                       const struct zone_print *zone)
{
    struct serial_known known = { .published = 0 };
    known.is_known = find_published(serials, choice, &known.published);
    known.is_same = known.is_known && is_unchanged(serials, choice->apex, zone);
    if (!serials->before)
        ask_kept(serials, choice, zone, &known);
    if (!known.is_known || serial_is_newer(choice->own, known.published))
        return choice->own;
    if (choice->is_given && choice->own == known.published)
        return known.published;
    if (choice->is_given && serials->held.count++ == 0)
        serials->held.example = *choice->apex;
    return known.is_same ? known.published : known.published + 1;
}

uint32_t serials_choose(struct serials *serials, const struct serial_choice *choice)
{
    struct str apex = name_bytes(choice->apex);
    struct zone_print *zone = find_zone(serials, &apex);
    assert(zone);
    uint32_t serial = choose(serials, choice, zone);
    if (!zone->is_chosen) { /* of several for a zone the first counts */
        zone->own = choice->own;
        zone->published = serial;
        zone->is_given = choice->is_given;
    }
    zone->is_chosen = true;
    keep_choice(serials, zone, choice->location, serial);
    return serial;
}

enum status serials_emit_notes(const struct serials *serials,
                               const struct record_sink *sink, struct error *err)
{
    for (size_t i = 0; i < byteset_count(serials->apexes); i++) {
        if (!serials->zones[i].is_chosen)
            continue;
        char bytes[SERIAL_NOTE_SIZE];
        struct record record = { .rdata = make_note(bytes, serials->zones[i].print) };
        enum status status = name_decode(byteset_get(serials->apexes, i), &record.owner)
                                 ? ERR_SYNTAX
                                 : sink_record(sink, &record, err);
        if (status)
            return status;
    }
    return OK;
}

void serials_each(const struct serials *serials,
                  void (*fn)(void *ctx, struct str apex, uint32_t serial), void *ctx)
{
    for (size_t i = 0; i < byteset_count(serials->apexes); i++)
        if (serials->zones[i].is_chosen)
            fn(ctx, byteset_get(serials->apexes, i), serials->zones[i].published);
}

const struct serials_held *serials_held(const struct serials *serials)
{
    return &serials->held;
}

/* ----- what outlives the image ----- */

static struct serial_kept keep(const struct serials *serials,
                               const struct zone_print *zone)
{
    struct serial_kept kept = { zone->own, zone->published, zone->print };
    for (size_t at = zone->choices; at; at = serials->choices[at - 1].next)
        if (serial_is_newer(serials->choices[at - 1].serial, kept.published))
            kept.published = serials->choices[at - 1].serial;
    return kept;
}

void serials_each_kept(const struct serials *serials,
                       void (*fn)(void *ctx, struct str apex,
                                  const struct serial_kept *kept),
                       void *ctx)
{
    for (size_t i = 0; i < byteset_count(serials->apexes); i++) {
        struct serial_kept kept = keep(serials, &serials->zones[i]);
        if (serials->zones[i].is_chosen)
            fn(ctx, byteset_get(serials->apexes, i), &kept);
    }
}

void serials_put_kept(struct serials *serials, struct str apex,
                      const struct serial_kept *kept)
{
    serials_add_zone(serials, apex);
    int64_t number = byteset_find(serials->apexes, apex);
    serials->zones[number] = (struct zone_print){ .print = kept->print,
                                                  .own = kept->own,
                                                  .published = kept->published,
                                                  .is_chosen = true };
}

bool serials_are_chosen(const struct serials *serials, const struct name *apex)
{
    return find_chosen(serials, apex) != NULL;
}

bool serials_cover(const struct serials *kept, const struct serials *serials)
{
    for (size_t i = 0; i < byteset_count(serials->apexes); i++) {
        const struct zone_print *zone = &serials->zones[i];
        if (!zone->is_chosen)
            continue;
        int64_t number = byteset_find(kept->apexes, byteset_get(serials->apexes, i));
        uint32_t published = keep(serials, zone).published;
        if (number == BYTESET_NONE ||
            serial_is_newer(published, bound(&kept->zones[number], zone->own)))
            return false;
    }
    return true;
}

void serials_recall(struct serials *serials, const struct serials *kept,
                    bool trusts_image)
{
    serials->kept = kept;
    serials->trusts_image = trusts_image;
}

/* ----- steps ----- */

void serials_forget_present(struct serials *serials)
{
    serials->present = NULL;
    serials->before = NULL;
    serials->kept = NULL;
}

bool serials_step(const struct serials *serials, const struct name *apex, uint32_t own,
                  struct serial_step *out)
{
    const struct zone_print *zone = find_chosen(serials, apex);
    if (!zone || own == zone->own)
        return false;
    *out = (struct serial_step){ .own = own, .published = own };
    if (!serial_is_newer(own, zone->published))
        out->published = zone->published + 1;
    out->print = zone->print - stir(zone->own + 1ULL) + stir(own + 1ULL);
    (void)make_note(out->note, out->print);
    return true;
}

uint32_t serials_published(const struct serials *serials, const struct name *apex)
{
    const struct zone_print *zone = find_chosen(serials, apex);
    return zone ? zone->published : 0;
}

bool serials_align(const struct serials *serials, const struct name *apex,
                   const struct serials *live, struct serial_step *out)
{
    const struct zone_print *zone = find_chosen(serials, apex);
    const struct zone_print *was = find_chosen(live, apex);
    if (!zone || !was)
        return false;
    *out = (struct serial_step){ zone->own, zone->published, zone->print, { 0 } };
    (void)make_note(out->note, out->print);
    bool is_kept = zone->is_given && zone->published == was->published;
    if (zone->print == was->print)
        out->published = was->published;
    else if (!is_kept && !serial_is_newer(zone->published, was->published))
        out->published = was->published + 1;
    return out->published != zone->published;
}

void serials_take_step(struct serials *serials, const struct name *apex,
                       const struct serial_step *step)
{
    struct zone_print *zone = find_chosen(serials, apex);
    if (!zone)
        return;
    zone->own = step->own;
    zone->published = step->published;
    zone->print = step->print;
    for (size_t at = zone->choices; at; at = serials->choices[at - 1].next)
        serials->choices[at - 1].serial = step->published;
}

bool serials_begins_zone(const struct serials *serials, const struct name *name,
                         uint64_t *delegation)
{
    int64_t number = byteset_find(serials->apexes, name_bytes(name));
    if (number == BYTESET_NONE)
        return false;
    *delegation = serials->zones[number].delegation;
    return true;
}
