// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/str.h"

#include <string.h>

static const char nothing[] = "";

struct str str_from(const char *text)
{
    if (!text)
        return (struct str){ nothing, 0 };
    return (struct str){ text, strlen(text) };
}

struct str str_bytes(const void *at, size_t n)
{
    if (!at)
        return (struct str){ nothing, 0 };
    return (struct str){ at, n };
}

bool str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0);
}

bool str_equal_any_case(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (char_lower(a.at[i]) != char_lower(b.at[i]))
            return false;
    return true;
}

bool str_starts(struct str text, struct str with)
{
    return text.n >= with.n && str_equal(str_first(text, with.n), with);
}

bool str_ends(struct str text, struct str with)
{
    return text.n >= with.n && str_equal(str_from_at(text, text.n - with.n), with);
}

int str_compare(struct str a, struct str b)
{
    size_t shared = a.n < b.n ? a.n : b.n;
    int order = shared ? memcmp(a.at, b.at, shared) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

size_t str_find(struct str text, char byte)
{
    const char *found = text.n ? memchr(text.at, byte, text.n) : NULL;
    return found ? (size_t)(found - text.at) : text.n;
}

struct str str_from_at(struct str text, size_t from)
{
    if (text.n == 0) /* text.at may be NULL */
        return text;
    if (from > text.n)
        from = text.n;
    return (struct str){ text.at + from, text.n - from };
}

struct str str_first(struct str text, size_t n)
{
    return (struct str){ text.at, n < text.n ? n : text.n };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str text)
{
    while (text.n && is_blank(text.at[text.n - 1]))
        text.n--;
    while (text.n && is_blank(text.at[0]))
        text = str_from_at(text, 1);
    return text;
}

bool str_next(struct str *rest, char separator, struct str *piece)
{
    if (rest->n == 0)
        return false;
    size_t n = str_find(*rest, separator);
    *piece = str_first(*rest, n);
    *rest = str_from_at(*rest, n + 1);
    return true;
}

bool str_next_field(struct str *rest, char separator, struct str *piece)
{
    if (!rest->at)
        return false;
    size_t n = str_find(*rest, separator);
    *piece = str_first(*rest, n);
    *rest = n == rest->n ? (struct str){ NULL, 0 } : str_from_at(*rest, n + 1);
    return true;
}

enum status str_to_u64(struct str text, uint64_t max, uint64_t *out)
{
    if (text.n == 0)
        return ERR_SYNTAX;
    for (size_t i = 0; i < text.n; i++)
        if (!char_is_digit(text.at[i]))
            return ERR_SYNTAX;

    uint64_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint64_t digit = (uint64_t)(text.at[i] - '0');
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value) || value > max)
            return ERR_LIMIT;
    }
    *out = value;
    return OK;
}

int char_hex_value(char c)
{
    if (char_is_digit(c))
        return c - '0';
    c = char_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum status str_from_hex(struct str text, uint8_t *out, size_t n)
{
    if (text.n % 2 || text.n / 2 != n)
        return ERR_SYNTAX;
    for (size_t i = 0; i < text.n; i++)
        if (char_hex_value(text.at[i]) < 0)
            return ERR_SYNTAX;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(char_hex_value(text.at[2 * i]) * 16 +
                           char_hex_value(text.at[2 * i + 1]));
    return OK;
}

/* The length that the first byte of a character announces, and the least and greatest second byte
 * (RFC 3629, section 4). These bounds exclude overlong forms, surrogates and all past U+10FFFF. */
static size_t utf8_shape(uint8_t first, uint8_t *least, uint8_t *greatest)
{
    *least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *greatest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t str_utf8_first(struct str text)
{
    if (text.n == 0)
        return 0;
    uint8_t least = 0, greatest = 0;
    size_t n = utf8_shape((uint8_t)text.at[0], &least, &greatest);
    if (n == 0 || n > text.n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        uint8_t byte = (uint8_t)text.at[i];
        if (byte < least || byte > greatest)
            return 0;
        least = 0x80;
        greatest = 0xbf;
    }
    return n;
}
