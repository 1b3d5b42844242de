// SPDX-License-Identifier: GPL-3.0-or-later
/* search.h - looks up one question in the image, and puts the answer into its reply. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/answer.h"
#include "dns/message.h"
#include "image/image.h"

struct search {
    const struct image *image;
    struct image_view view;
    struct message *message; /* with a reply that has been started */
    uint16_t type;           /* asked for */
    struct name name; /* the present name: the question's, then targets of CNAMEs */

    /* What the search finds. The first four begin as zeros. */
    bool authoritative;      /* for the question's name */
    bool from_wildcard;      /* the answer has a record of a wildcard */
    size_t aliases;          /* CNAMEs that were followed */
    size_t steps;            /* names that were looked at on the ways to zones */
    struct str encloser;     /* the longest part of `name` that exists */
    struct str zone;         /* the part of `name` that is its zone */
    struct image_record soa; /* the zone's first SOA record */
    struct str cut;          /* the part of `name` that is delegated; empty: none of it */
    struct name seen[ANSWER_ALIASES]; /* the names before this one */
};

/* Puts the whole answer into search->message. RCODE_REFUSED: the name is in none of our zones.
 * RCODE_SERVFAIL: the image is damaged there, and the caller has to start the reply again. */
enum dns_rcode search_run(struct search *search);

/* Finds the first record of the type at a name, in whatever zone that is. */
bool search_find(const struct search *search, struct str name, uint16_t type,
                 struct image_record *out);
