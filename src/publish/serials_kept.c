// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/serials_inside.h"

/* The newest that a zone may have been published with since. */
static uint32_t bound(const struct zone_print *kept, uint32_t own)
{
    if (own != kept->own && !serial_is_newer(own, kept->own))
        return kept->published; /* a database from a backup */
    return serial_is_newer(kept->published, kept->own)
               ? own + (kept->published - kept->own)
               : own;
}

void serials_ask_kept(const struct serials *serials, const struct serial_choice *choice,
                      const struct zone_print *zone, struct serial_known *known)
{
    const struct zone_print *kept =
        serials->kept ? serials_find_chosen(serials->kept, choice->apex) : NULL;
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
    return serials_find_chosen(serials, apex) != NULL;
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
