// SPDX-License-Identifier: GPL-3.0-or-later
/* Gathers what can clash of each record (owners, name servers, SOA records), and judges all of it
 * at the end. What a single line shows by itself is judged at once, in review_line.c. */
#include "publish/review.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "publish/byteset.h"
#include "publish/review_line.h"

/* A record, as far as it can clash with another one. */
struct item {
    int64_t owner;        /* a number of `names` */
    uint64_t rdata;       /* a hash */
    uint64_t from, until; /* when it is alive, as time stamps */
    struct finding_place place;
    uint16_t type;
    uint8_t location[2];
};

/* The name of a server, as it was written: in an SOA or NS record of `zone`. */
struct server {
    int64_t zone, name; /* numbers of `names` and `spelled` */
    struct finding_place place;
    bool is_primary; /* of the SOA */
};

struct review {
    struct findings *findings;
    struct item *items;
    struct server *servers;
    size_t item_count, item_room, server_count, server_room;
    struct byteset *names; /* owners; wildcards have their "*" */
    /* Where each name stands first as a line's own; line 0: nowhere. */
    struct finding_place *places;
    size_t place_room;
    struct byteset *spelled; /* names as they were written */
    struct byteset *soas;    /* owner, stamp and location of each */
    struct finding_place *soa_places;
    size_t soa_room;
};

struct review *review_new(struct findings *findings)
{
    struct review *review = NEW(struct review);
    review->findings = findings;
    review->names = byteset_new();
    review->spelled = byteset_new();
    review->soas = byteset_new();
    return review;
}

void review_free(struct review *review)
{
    if (!review)
        return;
    mem_free(review->items);
    mem_free(review->servers);
    mem_free(review->places);
    mem_free(review->soa_places);
    byteset_free(review->names);
    byteset_free(review->spelled);
    byteset_free(review->soas);
    mem_free(review);
}

/* ----- gathering ----- */

static int64_t add_number(struct byteset *set, struct str bytes)
{
    (void)byteset_add(set, bytes); /* often there */
    return byteset_find(set, bytes);
}

/* A name can be as long as 255 bytes with its "*". */
static struct str owner_key(const struct record *record, uint8_t space[NAME_SIZE + 2])
{
    struct buf key = buf_on(space, NAME_SIZE + 2);
    buf_put(&key, record->wildcard ? STR("\1*") : STR(""));
    buf_put(&key, name_bytes(&record->owner));
    return buf_str(&key);
}

static void add_item(struct review *review, const struct finding_place *place,
                     const struct record *record, int64_t owner)
{
    review->items = mem_grow(review->items, review->item_count + 1, &review->item_room,
                             sizeof(*review->items));
    struct item *item = &review->items[review->item_count++];
    bool dies = record->stamp > 0 && record->ttl_s == 0;
    *item = (struct item){ .owner = owner,
                           .rdata = byteset_hash(record->rdata),
                           .from = dies ? 0 : record->stamp,
                           .until = dies ? record->stamp : UINT64_MAX,
                           .place = *place,
                           .type = record->type };
    memcpy(item->location, record->location, sizeof(item->location));
}

/* What a line is about is its first record's name: others are of name servers and of addresses,
 * which may lie elsewhere. */
static int64_t add_name(struct review *review, const struct finding_place *place,
                        struct str owner, bool is_first)
{
    int64_t number = add_number(review->names, owner);
    size_t room = review->place_room;
    review->places = mem_grow(review->places, (size_t)number + 1, &review->place_room,
                              sizeof(*review->places));
    if (review->place_room > room)
        memset(review->places + room, 0,
               (review->place_room - room) * sizeof(struct finding_place));
    if (is_first && !review_holds_remark(owner) && review->places[number].line == 0)
        review->places[number] = *place;
    return number;
}

static void add_server(struct review *review, const struct finding_place *place,
                       const struct record *record, int64_t zone)
{
    if (record->wildcard || (record->type != RR_NS && record->type != RR_SOA))
        return;
    review->servers = mem_grow(review->servers, review->server_count + 1,
                               &review->server_room, sizeof(*review->servers));
    review->servers[review->server_count++] =
        (struct server){ .zone = zone,
                         .name = add_number(review->spelled, review_target(record)),
                         .place = *place,
                         .is_primary = record->type == RR_SOA };
}

static void add_soa(struct review *review, const struct finding_place *place,
                    const struct record *record)
{
    uint8_t space[NAME_SIZE + 16];
    struct buf key = BUF_ON(space);
    if (record->type != RR_SOA || record->wildcard)
        return;
    buf_put(&key, name_bytes(&record->owner));
    buf_put_u64(&key, record->stamp);
    buf_put(&key, str_bytes(record->location, sizeof(record->location)));
    bool is_new = byteset_add(review->soas, buf_str(&key));
    size_t number = (size_t)byteset_find(review->soas, buf_str(&key));
    review->soa_places = mem_grow(review->soa_places, number + 1, &review->soa_room,
                                  sizeof(*review->soa_places));
    if (is_new) {
        review->soa_places[number] = *place;
        return;
    }
    const struct finding_place *first = &review->soa_places[number];
    findings_warn(
        review->findings, place,
        "one more SOA of %s: that of %s:%lu counts; a further name server has a & line",
        name_text(&record->owner), findings_name(review->findings, first->file),
        (unsigned long)first->line);
}

static bool begins_line(const struct review *review, const struct finding_place *place)
{
    if (review->item_count == 0)
        return true;
    const struct finding_place *before = &review->items[review->item_count - 1].place;
    return before->file != place->file || before->line != place->line;
}

void review_record(struct review *review, const struct static_reader *reader,
                   const struct record *record)
{
    struct finding_place place = static_place(reader);
    uint8_t space[NAME_SIZE + 2];
    struct str owner = owner_key(record, space);
    bool is_first = begins_line(review, &place);
    int64_t number = add_name(review, &place, owner, is_first);
    review_line(review->findings, &place, is_first ? reader->at.text : STR(""), record);
    add_soa(review, &place, record);
    add_server(review, &place, record, number);
    add_item(review, &place, record, number);
}

/* ----- the end, when all is there ----- */

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

/* Aliases are the first items of an owner. Only one clash of an owner is reported. */
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
            findings_warn(
                review->findings, &other->place,
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
            findings_warn(review->findings, &review->places[i],
                          "%s is in no zone of ours: nobody is answered",
                          review_show(name));
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
            findings_warn(review->findings, &servers[i].place,
                          "the name server of %s is not spelled as in the SOA of %s:%lu",
                          zone, findings_name(review->findings, primary->place.file),
                          (unsigned long)primary->place.line);
    }
    if (listed == 0)
        findings_warn(review->findings, &primary->place,
                      "the zone %s has no name server: secondaries refuse it", zone);
    else if (!is_listed && is_slip(review, apexes, primary))
        findings_warn(
            review->findings, &primary->place,
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
