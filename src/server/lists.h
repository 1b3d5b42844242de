// SPDX-License-Identifier: GPL-3.0-or-later
/* lists.h - the operator's files of words and networks that hosts may not have. */
#pragma once

#include "config/config.h"
#include "rule/network_set.h"
#include "rule/word_list.h"

struct lists {
    struct word_list *words; /* NULL: none */
    struct prefix *networks; /* to which no host may point */
    size_t network_count;
};

/* Reads what the configuration names. Errors name the file and its line. */
MUST_CHECK enum status lists_load(const struct config *config, struct lists *out,
                                  struct error *err);
void lists_done(struct lists *lists);
