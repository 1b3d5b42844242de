// SPDX-License-Identifier: GPL-3.0-or-later
/* host_name.h - which names a host may have. Pure. */
#pragma once

#include <stdbool.h>

#include "dns/name.h"

/* Words with a meaning of their own to mail programs, browsers, certificate authorities or
 * people: a host that had one of them as the label next to a zone that everybody uses could pass
 * for the service. Blanks between them; a star at the end stands for any rest. */
extern const char host_name_reserved[];

struct host_name_rules {
    const struct name *zone;
    uint8_t labels_max; /* how many labels a host may have below the zone */
    /* Whoever decides about the zone makes the host, and nobody else makes hosts there. */
    bool is_trusted;
    struct str reserved; /* words as above */
};

/* Names that a host may have within a zone: letters, digits and inner hyphens, at most
 * `labels_max` labels below the zone. Only a trusted caller may take the zone's own name, a
 * reserved word next to the zone, and labels that stand for other letters ("xn--"); no other
 * label has "--" at places 3 and 4. ERR_SYNTAX, ERR_LIMIT (labels), ERR_CONFLICT
 * (reserved). */
MUST_CHECK enum status host_name_check(const struct name *name,
                                       const struct host_name_rules *rules,
                                       struct error *err);
