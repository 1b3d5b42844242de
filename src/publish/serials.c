// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/serials.h"

#include "base/mem.h"
#include "image/image.h"
#include "publish/byteset.h"

#include <string.h>

enum {
    NOTE_SIZE = 8
};

struct zone_print {
    uint64_t print; /* the sum of the hashes: their order does not matter */
    bool is_chosen;
};

struct serials {
    const struct image *present;
    struct byteset *apexes; /* numbers are places in `zones` */
    struct zone_print *zones;
    size_t room;
    struct serials_held held;
};

struct serials *serials_new(const struct image *present)
{
    struct serials *serials = NEW(struct serials);
    serials->present = present;
    serials->apexes = byteset_new();
    return serials;
}

void serials_free(struct serials *serials)
{
    if (!serials)
        return;
    byteset_free(serials->apexes);
    mem_free(serials->zones);
    mem_free(serials);
}

void serials_add_zone(struct serials *serials, struct str apex)
{
    size_t number = byteset_count(serials->apexes);
    if (!byteset_add(serials->apexes, apex))
        return;
    if (number == serials->room) {
        serials->room = serials->room ? 2 * serials->room : 16;
        serials->zones = (struct zone_print *)mem_resize(serials->zones, serials->room,
                                                         sizeof(struct zone_print));
    }
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

static bool find_published(const struct serials *serials,
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

static void put_note(struct buf *out, const struct zone_print *zone)
{
    buf_put_u64(out, zone->print);
}

/* Whether the present image was made from the same. */
static bool is_unchanged(const struct serials *serials, const struct name *apex,
                         const struct zone_print *zone)
{
    char bytes[NOTE_SIZE];
    struct buf want = BUF_ON(bytes);
    struct str note;
    put_note(&want, zone);
    return image_note(serials->present, apex, &note) && str_equal(note, buf_str(&want));
}

uint32_t serials_choose(struct serials *serials, const struct serial_choice *choice)
{
    struct str apex = name_bytes(choice->apex);
    struct zone_print *zone = find_zone(serials, &apex);
    zone->is_chosen = true;
    uint32_t published = 0;
    if (!find_published(serials, choice, &published) ||
        serial_is_newer(choice->own, published))
        return choice->own;
    if (choice->is_given && choice->own == published)
        return published;
    if (choice->is_given && serials->held.count++ == 0)
        serials->held.example = *choice->apex;
    return is_unchanged(serials, choice->apex, zone) ? published : published + 1;
}

enum status serials_emit_notes(const struct serials *serials,
                               const struct record_sink *sink, struct error *err)
{
    for (size_t i = 0; i < byteset_count(serials->apexes); i++) {
        if (!serials->zones[i].is_chosen)
            continue;
        char bytes[NOTE_SIZE];
        struct buf note = BUF_ON(bytes);
        put_note(&note, &serials->zones[i]);
        struct record record = { .rdata = buf_str(&note) };
        enum status status = name_decode(byteset_get(serials->apexes, i), &record.owner)
                                 ? ERR_SYNTAX
                                 : sink_record(sink, &record, err);
        if (status)
            return status;
    }
    return OK;
}

const struct serials_held *serials_held(const struct serials *serials)
{
    return &serials->held;
}
