// SPDX-License-Identifier: GPL-3.0-or-later
/* search.h - one question, looked up in the image: what belongs into its reply. */
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
    struct message *message; /* its reply was started */
    uint16_t type;           /* asked for */
    struct name name;        /* looked up now: the question's, then targets of CNAMEs */

    /* Those below are found; the first four begin as zeros. */
    bool authoritative;      /* for the question's name */
    bool from_wildcard;      /* a record of one was used */
    size_t aliases;          /* CNAMEs followed */
    size_t steps;            /* names looked at on the ways to zones */
    struct str encloser;     /* the longest part of `name` that exists */
    struct str zone;         /* that is its zone */
    struct image_record soa; /* its first SOA record */
    struct str cut;          /* the part of `name` that is delegated; empty: none of it */
    struct name seen[ANSWER_ALIASES]; /* names that were looked up before */
};

/* Puts all that is to be said into search->message. RCODE_REFUSED: the name is in no zone of
 * ours. RCODE_SERVFAIL: the image is damaged there; the reply must be started anew. */
enum dns_rcode search_run(struct search *search);

/* The first record of the type at a name, whatever zone that is in. */
bool search_find(const struct search *search, struct str name, uint16_t type,
                 struct image_record *out);
