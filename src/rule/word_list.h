// SPDX-License-Identifier: GPL-3.0-or-later
/* word_list.h - words that no host may have as its label next to a zone. Pure.
 *
 * A word is a label; a star at its begin or end stands for anything. A label is refused when it is
 * the word, or looks like it (skeleton.h); beside a star only where four bytes are left to compare.
 *
 * A list is never changed, so that threads share it: whoever keeps one holds it. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"

enum word_match {
    WORD_NO,
    WORD_ALIKE, /* it looks like the word */
    WORD_EXACTLY
};

struct word_list;

/* ERR_SYNTAX: it is no word, with what is allowed. */
MUST_CHECK enum status word_check(struct str word, struct error *err);
enum word_match word_match(struct str word, struct str label);

enum {
    WORD_LIST_MAX = 20000, /* words */
    WORD_LIST_BYTES_MAX = 1 << 20
};

/* One word in a line; blanks around it, empty lines, and what follows a # do not count. ERR_SYNTAX:
 * a line is none, which is named; ERR_LIMIT: there are too many. *out is held. */
MUST_CHECK enum status word_list_read(struct str text, struct word_list **out,
                                      struct error *err);
/* NULL is an empty list. */
struct word_list *word_list_hold(struct word_list *list);
void word_list_release(struct word_list *list);
CLEANER(word_list_release, struct word_list *)
/* The word of the list that the label has or looks like; *found tells which. Empty: there is none,
 * and *found is WORD_NO. */
struct str word_list_find(const struct word_list *list, struct str label,
                          enum word_match *found);
