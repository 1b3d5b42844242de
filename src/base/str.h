// SPDX-License-Identifier: GPL-3.0-or-later
/* str.h - borrowed bytes: a pointer and a length.
 *
 * A `struct str` owns nothing and is passed by value. It need not end with a zero byte and
 * may hold any byte. Comparison of text "in any case" folds ASCII letters only. */
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

/* For printf: STR_FMT in the format, STR_ARG(text) in the arguments. Only for text that was
 * checked or that goes through error_set() or the log, which mask control bytes. */
#define STR_FMT "%.*s"
#define STR_ARG(text) ((int)(text).n), ((text).at)

/* A str from a zero-terminated string; NULL gives the empty str. */
struct str str_from(const char *text);
/* A str from bytes. */
struct str str_bytes(const void *at, size_t n);

bool str_equal(struct str a, struct str b);
bool str_equal_any_case(struct str a, struct str b);
bool str_starts(struct str text, struct str with);
bool str_ends(struct str text, struct str with);
/* <0, 0, >0 as memcmp orders; the shorter one first when one starts with the other. */
int str_compare(struct str a, struct str b);

/* Position of the first `byte`, or text.n when there is none. */
size_t str_find(struct str text, char byte);
/* The part from `from` on; empty when `from` is past the end. */
struct str str_from_at(struct str text, size_t from);
/* The first `n` bytes, or all of it. */
struct str str_first(struct str text, size_t n);
/* Without blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str text);

/* Takes the piece before the next `separator` out of *rest. False when nothing is left: an
 * empty *rest gives false at once, "a," gives "a" only, ",a" gives "" and "a", and "a,,b"
 * gives "a", "" and "b". */
bool str_next(struct str *rest, char separator, struct str *piece);
/* The same but gives the empty piece after a last separator too, and one empty piece for an
 * empty text: "a," gives "a" and "". `rest->at` becomes NULL at the end. */
bool str_next_field(struct str *rest, char separator, struct str *piece);

/* Decimal digits only, no sign, no blanks. ERR_SYNTAX: empty or another byte. ERR_LIMIT:
 * more than `max`. */
MUST_CHECK enum status str_to_u64(struct str text, uint64_t max, uint64_t *out);
/* Hexadecimal digits of either case to bytes; text.n must be 2*n. ERR_SYNTAX otherwise. */
MUST_CHECK enum status str_from_hex(struct str text, uint8_t *out, size_t n);

/* The length of the UTF-8 character (RFC 3629) that `text` starts with; 0 when it starts
 * with none. */
size_t str_utf8_first(struct str text);

/* The letter in lower case; other bytes as they are. */
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
