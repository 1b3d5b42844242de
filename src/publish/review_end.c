// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>

#include "publish/review_inside.h"

static int compare_keys(const uint64_t (*keys)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] > keys[i][1] ? 1 : -1;
    return 0;
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = (const struct item *)a, *y = (const struct item *)b;
    const uint64_t keys[][2] = { { (uint64_t)x->owner, (uint64_t)y->owner },
                                 { x->type != RR_CNAME, y->type != RR_CNAME },
                                 { x->place.file, y->place.file },
                                 { x->place.line, y->place.line } };
    return compare_keys(keys, LENGTH_OF(keys));
}

/* Whether there is a client and a time for which both are there, and they are not one. */
static bool do_clash(const struct item *alias, const struct item *other)
{
    static const uint8_t everywhere[2];
    size_t n = sizeof(everywhere);
    bool at_once = alias->from < other->until && other->from < alias->until;
    bool for_one = memcmp(alias->location, other->location, n) == 0 ||
                   memcmp(alias->location, everywhere, n) == 0 ||
                   memcmp(other->location, everywhere, n) == 0;
    bool same = alias->type == other->type && alias->rdata == other->rdata;
    return at_once && for_one && !same;
}

/* Aliases come first of an owner's items; one clash of an owner is told. */
static void review_aliases(struct review *review)
{
    if (review->item_count > 1)
        qsort(review->items, review->item_count, sizeof(struct item), compare_items);
    for (size_t i = 0; i < review->item_count; i++) {
        const struct item *alias = &review->items[i];
        if (alias->type != RR_CNAME)
            continue;
        for (size_t k = i + 1;
             k < review->item_count && review->items[k].owner == alias->owner; k++) {
            const struct item *other = &review->items[k];
            if (!do_clash(alias, other))
                continue;
            WARN(review, &other->place,
                 "%s has %s beside the CNAME of %s:%lu: secondaries refuse such a zone",
                 review_show(byteset_get(review->names, (size_t)other->owner)),
                 other->type == RR_CNAME ? "a second CNAME" : "other data",
                 findings_name(review->findings, alias->place.file),
                 (unsigned long)alias->place.line);
            while (i + 1 < review->item_count &&
                   review->items[i + 1].owner == alias->owner)
                i++;
            break;
        }
    }
}

/* Whether one of the names is `wire` or above it. */
static bool has_above(const struct byteset *names, struct str wire)
{
    for (struct str at = wire; at.n > 0; at = str_from_at(at, 1 + review_label(at)))
        if (byteset_count(names) > 0 && byteset_find(names, at) != BYTESET_NONE)
            return true;
    return false;
}

static bool is_ours(const struct byteset *apexes, const struct review_zones *zones,
                    struct str wire)
{
    struct name name;
    if (has_above(apexes, wire))
        return true;
    return !name_decode(wire, &name) && zones->has(zones->ctx, &name);
}

static void review_places(struct review *review, const struct byteset *apexes,
                          const struct review_zones *zones)
{
    for (size_t i = 0; i < byteset_count(review->names); i++) {
        struct str name = byteset_get(review->names, i);
        if (review->places[i].line > 0 && !is_ours(apexes, zones, name))
            WARN(review, &review->places[i],
                 "%s is in no zone of ours: nobody is answered", review_show(name));
    }
}

static int compare_servers(const void *a, const void *b)
{
    const struct server *x = (const struct server *)a, *y = (const struct server *)b;
    const uint64_t keys[][2] = { { (uint64_t)x->zone, (uint64_t)y->zone },
                                 { y->is_primary, x->is_primary },
                                 { x->place.file, y->place.file },
                                 { x->place.line, y->place.line } };
    return compare_keys(keys, LENGTH_OF(keys));
}

static bool is_same_name(const struct review *review, const struct server *a,
                         const struct server *b)
{
    return str_equal_any_case(byteset_get(review->spelled, (size_t)a->name),
                              byteset_get(review->spelled, (size_t)b->name));
}

/* A primary that is not among the name servers may be a hidden one; but one whose name is ours
 * and stands nowhere is a slip. */
static bool is_slip(const struct review *review, const struct byteset *apexes,
                    const struct server *primary)
{
    struct name name;
    if (name_decode(byteset_get(review->spelled, (size_t)primary->name), &name))
        return false;
    struct str wire = name_bytes(&name);
    return byteset_find(review->names, wire) == BYTESET_NONE && has_above(apexes, wire);
}

/* The servers of one zone, its primary first. */
static void review_zone(struct review *review, const struct byteset *apexes,
                        const struct server *servers, size_t count)
{
    const struct server *primary = &servers[0];
    const char *zone = review_show(byteset_get(review->names, (size_t)primary->zone));
    bool is_listed = false;
    size_t listed = 0;
    for (size_t i = 1; i < count; i++) {
        listed += !servers[i].is_primary;
        if (servers[i].is_primary || !is_same_name(review, primary, &servers[i]))
            continue;
        is_listed = true;
        if (primary->name != servers[i].name)
            WARN(review, &servers[i].place,
                 "the name server of %s is not spelled as in the SOA of %s:%lu", zone,
                 findings_name(review->findings, primary->place.file),
                 (unsigned long)primary->place.line);
    }
    if (listed == 0)
        WARN(review, &primary->place,
             "the zone %s has no name server: secondaries refuse it", zone);
    else if (!is_listed && is_slip(review, apexes, primary))
        WARN(
            review, &primary->place,
            "the SOA of %s names %s, which is none of its name servers and has no record",
            zone, review_show(byteset_get(review->spelled, (size_t)primary->name)));
}

static void review_servers(struct review *review, const struct byteset *apexes)
{
    if (review->server_count > 1)
        qsort(review->servers, review->server_count, sizeof(struct server),
              compare_servers);
    for (size_t i = 0, next; i < review->server_count; i = next) {
        const struct server *first = &review->servers[i];
        for (next = i + 1;
             next < review->server_count && review->servers[next].zone == first->zone;)
            next++;
        if (first->is_primary)
            review_zone(review, apexes, first, next - i);
    }
}

void review_end(struct review *review, const struct review_zones *zones, bool complete)
{
    review_aliases(review);
    if (!complete)
        return;
    struct byteset *apexes = byteset_new();
    for (size_t i = 0; i < review->server_count; i++)
        if (review->servers[i].is_primary)
            (void)byteset_add(
                apexes, byteset_get(review->names, (size_t)review->servers[i].zone));
    review_places(review, apexes, zones);
    review_servers(review, apexes);
    byteset_free(apexes);
}
