// SPDX-License-Identifier: GPL-3.0-or-later
/* str.h - borrowed bytes: a pointer and a length.
 *
 * A `struct str` owns nothing and is passed by value. It may hold any bytes, and need not end
 * with a zero byte. Only ASCII letters have a case here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct str {
    const char *at;
    size_t n;
};

/* A str from a string literal. */
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

/* For printf: STR_FMT goes into the format, STR_ARG(text) into the arguments. Use them only for
 * text that was checked, or in error_set() and the log, which mask control bytes. */
#define STR_FMT "%.*s"
#define STR_ARG(text) ((int)(text).n), ((text).at)

/* A str from a zero-terminated string; NULL gives the empty str. */
struct str str_from(const char *text);
struct str str_bytes(const void *at, size_t n);

bool str_equal(struct str a, struct str b);
bool str_equal_any_case(struct str a, struct str b);
bool str_starts(struct str text, struct str with);
bool str_ends(struct str text, struct str with);
/* Orders as memcmp() does: <0, 0 or >0. A text comes before a longer one that starts with it. */
int str_compare(struct str a, struct str b);

/* The position of the first `byte`, or text.n if there is none. */
size_t str_find(struct str text, char byte);
/* The part from position `from` on; empty if that is past the end. */
struct str str_from_at(struct str text, size_t from);
/* The first `n` bytes, or all of it. */
struct str str_first(struct str text, size_t n);
/* The text without blanks (space, tab, CR, LF) at its ends. */
struct str str_trim(struct str text);

/* Takes the piece before the next `separator`, and the separator, off *rest. False: nothing is
 * left. An empty *rest gives no piece, "a," gives "a" only, ",a" gives "" and "a", and "a,,b" gives
 * "a", "" and "b". */
bool str_next(struct str *rest, char separator, struct str *piece);
/* Does the same, except that a last separator has an empty piece behind it ("a," gives "a" and ""),
 * and an empty text is one empty piece. `rest->at` becomes NULL at the end. */
bool str_next_field(struct str *rest, char separator, struct str *piece);

/* Reads a decimal number: digits alone, without a sign or blanks. ERR_SYNTAX: it is empty or has
 * another byte. ERR_LIMIT: it is more than `max`. */
MUST_CHECK enum status str_to_u64(struct str text, uint64_t max, uint64_t *out);
/* The value of a hexadecimal digit of either case; -1: `c` is none. */
int char_hex_value(char c);
/* Reads `n` bytes from 2 * n hexadecimal digits of either case. ERR_SYNTAX: anything else. */
MUST_CHECK enum status str_from_hex(struct str text, uint8_t *out, size_t n);

/* The length of the UTF-8 character (RFC 3629) at the start of `text`; 0: there is none. */
size_t str_utf8_first(struct str text);

/* An ASCII letter becomes lower case; another byte stays as it is. */
static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}
static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool char_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
