// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/query.h"

#include "base/buf.h"

int http_escaped_byte(struct str text)
{
    if (text.n < 3 || text.at[0] != '%')
        return -1;
    int high = char_hex_value(text.at[1]);
    int low = char_hex_value(text.at[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static struct str decode(struct str raw, char plus, struct arena *arena)
{
    if (str_find(raw, '%') == raw.n && (plus == '+' || str_find(raw, '+') == raw.n))
        return raw;
    char *at = arena_take(arena, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        int byte = http_escaped_byte(str_from_at(raw, i));
        if (byte >= 0)
            i += 2;
        else
            byte = (unsigned char)(raw.at[i] == '+' ? plus : raw.at[i]);
        at[n++] = (char)byte;
    }
    return (struct str){ at, n };
}

struct str http_path_decode(struct str raw, struct arena *arena)
{
    return decode(raw, '+', arena);
}

enum status http_query_parse(struct str raw, struct arena *arena,
                             struct http_param params[HTTP_PARAMS_MAX], size_t *count)
{
    for (struct str pair; str_next(&raw, '&', &pair);) {
        if (pair.n == 0)
            continue;
        if (*count >= HTTP_PARAMS_MAX)
            return ERR_LIMIT;
        size_t equals = str_find(pair, '=');
        params[(*count)++] = (struct http_param){
            .name = decode(str_first(pair, equals), ' ', arena),
            .value = decode(str_from_at(pair, equals + 1), ' ', arena),
            .has_value = equals < pair.n,
        };
    }
    return OK;
}

/* ----- Basic credentials (RFC 7617) ----- */

/* The value of a letter. It uses a table, as branches on letters of a secret are mispredicted. */
static int base64_value(char c)
{
    enum {
        NO = -1
    };
    static const int8_t values[] = {
        /* from '+' to 'z' */
        62, NO, NO, NO, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO,
        NO, NO, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
        18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO, NO, 26, 27, 28, 29, 30, 31,
        32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51
    };
    size_t at = (size_t)((unsigned char)c - '+');
    return at < sizeof(values) ? values[at] : NO;
}

static enum status decode_base64(struct str text, struct arena *arena, struct str *out)
{
    for (int i = 0; i < 2 && text.n > 0 && text.at[text.n - 1] == '='; i++)
        text.n--;
    char *at = arena_take(arena, text.n / 4 * 3 + 3);
    size_t n = 0, letters = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        int value = base64_value(text.at[i]);
        if (value < 0 && (text.at[i] == ' ' || text.at[i] == '\t'))
            continue; /* a long text may be broken into lines */
        if (value < 0)
            return ERR_SYNTAX;
        bits = bits << 6 | (uint32_t)value;
        /* Each letter except the first of four completes a byte. */
        if (letters % 4 > 0)
            at[n++] = (char)(bits >> (6 - letters % 4 * 2) & 0xff);
        letters++;
    }
    if (letters % 4 == 1)
        return ERR_SYNTAX;
    *out = (struct str){ at, n };
    return OK;
}

enum status http_basic_parse(struct str value, struct arena *arena, struct str *user,
                             struct str *password)
{
    struct str rest = str_trim(value);
    size_t blank = str_find(rest, ' '), tab = str_find(rest, '\t');
    struct str scheme = str_first(rest, blank < tab ? blank : tab);
    if (!str_equal_any_case(scheme, STR("Basic")))
        return ERR_NOT_FOUND;
    struct str text = { 0 };
    if (decode_base64(str_trim(str_from_at(rest, scheme.n)), arena, &text))
        return ERR_SYNTAX;
    size_t colon = str_find(text, ':');
    if (colon == text.n)
        return ERR_SYNTAX;
    *user = str_first(text, colon);
    *password = str_from_at(text, colon + 1);
    return OK;
}
