// SPDX-License-Identifier: GPL-3.0-or-later
/* host_name.h - decides which names a host may have. Pure. */
#pragma once

#include <stdbool.h>

#include "dns/name.h"
#include "rule/word_list.h"

/* Words (word_list.h), separated by blanks, that mean something to mail programs, browsers,
 * certificate authorities or people. With such a label next to a zone that everybody uses, a host
 * could pose as the service. */
extern const char host_name_reserved[];

struct host_name_rules {
    const struct name *zone;
    uint8_t labels_max; /* how many labels a host may have below the zone */
    /* The host is made by someone who decides about the zone, and nobody else makes hosts there. */
    bool is_trusted;
    struct str reserved;           /* words like those above */
    const struct word_list *words; /* further ones; NULL: none */
};

/* Checks a name that a host is to have in a zone. Labels have letters, digits and inner hyphens.
 * Only a trusted caller may take the zone's own name, a reserved word next to the zone, and labels
 * that encode other letters ("xn--"); no other label has "--" at positions 3 and 4. ERR_SYNTAX.
 * ERR_LIMIT: too many labels. ERR_CONFLICT: a reserved word, or what looks like one. */
MUST_CHECK enum status host_name_check(const struct name *name,
                                       const struct host_name_rules *rules,
                                       struct error *err);
/* The label of a host that lies next to its zone; empty for the zone's own name. Borrowed. */
struct str host_name_top_label(const struct name *name, const struct name *zone);
/* The same error as of host_name_check() for a word that the label has or looks like. */
MUST_CHECK enum status host_name_refuse_word(const struct name *name, struct str label,
                                             struct str word, enum word_match match,
                                             struct error *err);
