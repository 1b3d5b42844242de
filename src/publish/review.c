// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/review_inside.h"

#include <string.h>

#include "base/mem.h"

enum {
    RR_DNAME = 39,
    ADDRESS_LABELS = 4,
    SRV_PORT = 4, /* where the port stands */
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

/* Room for item number `count`. */
static void *make_room(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? *room * 2 : 64;
    return mem_resize(at, *room, size);
}

/* ----- names within records ----- */

/* Whether it looks like an IPv4 address that stands in the wrong field. */
static bool is_address(struct str name)
{
    size_t labels = 0;
    for (; review_label(name) > 0; name = str_from_at(name, 1 + review_label(name))) {
        for (size_t i = 1; i <= review_label(name); i++)
            if (!char_is_digit(name.at[i]))
                return false;
        labels++;
    }
    return labels == ADDRESS_LABELS;
}

static bool holds_remark(struct str name)
{
    for (; review_label(name) > 0; name = str_from_at(name, 1 + review_label(name)))
        for (size_t i = 1; i <= review_label(name); i++)
            if (memchr("# \t", name.at[i], 3))
                return true;
    return false;
}

/* The name that the data of a record have at their end or, in an SOA, at their beginning. */
static struct str find_target(const struct record *record)
{
    switch (record->type) {
    case RR_NS:
    case RR_CNAME:
    case RR_PTR:
    case RR_DNAME:
        return record->rdata;
    case RR_MX:
        return str_from_at(record->rdata, 2);
    case RR_SRV:
        return str_from_at(record->rdata, 6);
    case RR_SOA: {
        struct str rest = record->rdata;
        while (review_label(rest) > 0)
            rest = str_from_at(rest, 1 + review_label(rest));
        return str_first(record->rdata, record->rdata.n - rest.n + 1);
    }
    default:
        return STR("");
    }
}

static void review_names(struct review *review, const struct finding_place *place,
                         const struct record *record)
{
    struct str target = find_target(record);
    if (holds_remark(name_bytes(&record->owner)))
        WARN(review, place,
             "the name %s has a blank or '#' in it: a remark needs a line of its own",
             name_text(&record->owner));
    if (target.n == 0)
        return;
    if (holds_remark(target))
        WARN(review, place,
             "the name %s has a blank or '#' in it: a remark needs a line of its own",
             review_show(target));
    else if (is_address(target))
        WARN(review, place, "%s stands where a name should: it is not an address there",
             review_show(target));
}

static void review_types(struct review *review, const struct finding_place *place,
                         const struct record *record)
{
    if (record->type == RR_DNAME)
        WARN(review, place,
             "the DNAME at %s is given out as it is: no names below it are made",
             name_text(&record->owner));
    if (record->type == RR_SRV && record->rdata.at[SRV_PORT] == 0 &&
        record->rdata.at[SRV_PORT + 1] == 0 && find_target(record).n > 1)
        WARN(review, place, "an SRV record with port 0: nobody can connect to that");
}

/* Field 2 of a line that may do without an address. */
static void review_field(struct review *review, const struct finding_place *place,
                         struct str line)
{
    struct str field = STR(""), rest = line;
    if (!memchr(".&@S", line.at[0], 4))
        return;
    for (size_t i = 0; i < 2; i++)
        if (!str_next(&rest, ':', &field))
            return;
    for (size_t i = 0; i < field.n; i++)
        if (char_is_alpha(field.at[i])) {
            WARN(review, place,
                 "field 2: " STR_FMT
                 " is no address, so none is published; the name of the "
                 "server belongs into field 3",
                 STR_ARG(field));
            return;
        }
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
    review->items = (struct item *)make_room(review->items, review->item_count,
                                             &review->item_room, sizeof(struct item));
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
    review->places = (struct finding_place *)make_room(review->places, (size_t)number,
                                                       &review->place_room,
                                                       sizeof(struct finding_place));
    if (review->place_room > room)
        memset(review->places + room, 0,
               (review->place_room - room) * sizeof(struct finding_place));
    if (is_first && !holds_remark(owner) && review->places[number].line == 0)
        review->places[number] = *place;
    return number;
}

static void add_server(struct review *review, const struct finding_place *place,
                       const struct record *record, int64_t zone)
{
    if (record->wildcard || (record->type != RR_NS && record->type != RR_SOA))
        return;
    review->servers =
        (struct server *)make_room(review->servers, review->server_count,
                                   &review->server_room, sizeof(struct server));
    review->servers[review->server_count++] =
        (struct server){ .zone = zone,
                         .name = add_number(review->spelled, find_target(record)),
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
    review->soa_places = (struct finding_place *)make_room(
        review->soa_places, number, &review->soa_room, sizeof(struct finding_place));
    if (is_new) {
        review->soa_places[number] = *place;
        return;
    }
    const struct finding_place *first = &review->soa_places[number];
    WARN(review, place,
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
    if (is_first)
        review_field(review, &place, reader->at.text);
    review_names(review, &place, record);
    review_types(review, &place, record);
    add_soa(review, &place, record);
    add_server(review, &place, record, number);
    add_item(review, &place, record, number);
}
