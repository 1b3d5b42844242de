// SPDX-License-Identifier: GPL-3.0-or-later
/* render.h - fills in the words in braces. Pure. */
#pragma once

#include "base/buf.h"
#include "post/text.h"

struct post_value {
    const char *name;
    struct str text;
};

enum {
    POST_VALUES_MAX = 16
};
struct post_values {
    struct post_value list[POST_VALUES_MAX];
    size_t count;
};
/* `text` is lent. */
void post_values_add(struct post_values *values, const char *name, struct str text);

/* Appends the text with its words filled in. Control characters of a value become '?', so that it
 * stays within its line. ERR_NOT_FOUND: a word has no value. ERR_LIMIT: it does not fit. */
MUST_CHECK enum status post_fill(const char *text, const struct post_values *values,
                                 struct buf *out, struct error *err);

/* As people read it, "2030-01-31 12:00 UTC". */
enum {
    POST_TIME_SIZE = 32
};
void post_time(int64_t time_s, char out[POST_TIME_SIZE]);
