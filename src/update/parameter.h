// SPDX-License-Identifier: GPL-3.0-or-later
/* parameter.h - what the name of a parameter means, whichever service it is from, and what its
 * value looks like. Pure.
 *
 * Names are compared without regard to case, '-', '_', '.' and blanks around them. A name for
 * addresses may contain a mark of the family, "4", "6", "v4" or "v6", in any place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Hosts have three ranks. Where a service sends host and domain, the first rank that is there
 * counts. */
enum parameter_meaning {
    MEANS_UNKNOWN, /* no known name: an address in its value counts */
    MEANS_OTHER,   /* not needed here; an address in its value is not the host's */
    MEANS_HOSTNAME,
    MEANS_HOST,
    MEANS_ZONE,
    MEANS_ADDRESS,
    MEANS_PREFIX,
    MEANS_USER,
    MEANS_SECRET,
    MEANS_OFFLINE,
    MEANS_DRY_RUN,
    MEANS_WAIT,
    MEANS_TXT,
    MEANS_TXT_REMOVE,
    MEANS_TXT_LIFETIME,
};

struct parameter_name {
    enum parameter_meaning meaning;
    /* Of the mark, an enum ip_family. It counts only for words such as "auto": the text of an
     * address shows its family. */
    uint8_t family;
};

struct parameter_name parameter_name_read(struct str name);

/* Words in the place of an address. */
enum parameter_word {
    WORD_NONE,
    WORD_LEAVE, /* this family stays as it is */
    WORD_SOURCE
};
enum parameter_word parameter_word_of(struct str piece);

/* Every piece of the list is spelt like an address, right or wrong, or is a placeholder for one
 * that was not filled in. False for a list without a piece. */
bool parameter_is_addressed(struct str value);
