// SPDX-License-Identifier: GPL-3.0-or-later
/* review_inside.h - what is gathered of the lines (review.c) and judged at the end
 * (review_end.c). */
#pragma once

#include "dns/name.h"
#include "publish/byteset.h"
#include "publish/review.h"

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
    struct finding_place
        *places; /* where each name stands first as a line's own; line 0: nowhere */
    size_t place_room;
    struct byteset *spelled; /* names as they were written */
    struct byteset *soas;    /* owner, stamp and location of each */
    struct finding_place *soa_places;
    size_t soa_room;
};

#define WARN(review, place, ...) \
    findings_add((review)->findings, FINDING_WARNING, (place), __VA_ARGS__)

static inline size_t review_label(struct str name)
{
    return (uint8_t)name.at[0];
}

static inline const char *review_show(struct str wire)
{
    struct name name;
    return name_decode(wire, &name) ? "?" : name_text(&name);
}
