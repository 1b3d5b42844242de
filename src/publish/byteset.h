// SPDX-License-Identifier: GPL-3.0-or-later
/* byteset.h - a set of byte strings that only grows. They are numbered in the order they came. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
    BYTESET_NONE = -1
};

struct byteset;

struct byteset *byteset_new(void);
void byteset_free(struct byteset *set);
CLEANER(byteset_free, struct byteset *)

/* Copies the bytes into the set. False: they were there already. */
bool byteset_add(struct byteset *set, struct str bytes);
/* The number of the bytes, from 0, or BYTESET_NONE. */
int64_t byteset_find(const struct byteset *set, struct str bytes);
/* The bytes of a number below byteset_count(), lent. */
struct str byteset_get(const struct byteset *set, size_t number);
/* The hash that the set uses. It is good enough for what operators write. */
uint64_t byteset_hash(struct str bytes);
size_t byteset_count(const struct byteset *set);
