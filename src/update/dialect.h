// SPDX-License-Identifier: GPL-3.0-or-later
/* dialect.h - the update protocols that devices speak.
 *
 * A dialect is one file, which defines its `struct dialect`, and one row in the table of
 * dialect.c, which gives it its number. */
#pragma once

#include <stdint.h>

#include "base/str.h"

struct update_request;
struct updates;

enum {
    DIALECTS_MAX = 8 /* the numbers are below this */
};

struct dialect {
    const char *word; /* for people and for metrics */
    /* Answers the request, now or later. `request` lives during the call. */
    void (*handle)(struct updates *updates, struct update_request *request);
    const char *refusal; /* body of the reply to a method that its path does not take */
};

/* NULL: there is none of that number. 0 is never one. */
const struct dialect *dialect_find(size_t number);
/* What the journal keeps of it. */
uint8_t dialect_number(const struct dialect *dialect);
/* The word of that number. "none" for 0; "?" when there is none. */
const char *dialect_word(size_t number);
