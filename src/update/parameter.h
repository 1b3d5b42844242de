// SPDX-License-Identifier: GPL-3.0-or-later
/* parameter.h - what the name of a parameter says, by whatever service's name for it, and
 * what its value looks like. Pure.
 *
 * Names are compared in any case and without '-', '_', '.' and blanks around them. A name for
 * addresses may have a mark of its family, "4", "6", "v4" or "v6", in any place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Hosts come in three ranks: where a service names host and domain both, the first one that
 * is there counts. */
enum parameter_meaning {
    MEANS_UNKNOWN, /* nobody's name: an address in it is one */
    MEANS_OTHER,   /* something that is not asked for, and no address of the host */
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
};

struct parameter_name {
    enum parameter_meaning meaning;
    /* The mark's, an enum ip_family; only for words such as "auto": an address tells its
     * family itself. */
    uint8_t family;
};

struct parameter_name parameter_name_read(struct str name);

/* Words that stand where an address does. */
enum parameter_word {
    WORD_NONE,
    WORD_LEAVE, /* this family stays as it is */
    WORD_SOURCE
};
enum parameter_word parameter_word_of(struct str piece);

/* Whether every piece of a list is spelt as an address is, right or wrong, or is a
 * placeholder for one that was not filled in. What holds no piece does not. */
bool parameter_is_addressed(struct str value);
