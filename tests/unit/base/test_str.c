// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/str.h"

#include <string.h>

#include "test.h"

TEST(no_text_is_an_empty_text)
{
    CHECK_INT(str_from(NULL).n, 0);
    CHECK(str_from(NULL).at);
    CHECK(str_bytes(NULL, 0).at);
    CHECK_STR(str_from("abc"), "abc");
    CHECK_STR(str_bytes("abcdef", 3), "abc");
}

TEST(texts_compare_by_bytes_and_then_by_length)
{
    static const struct {
        const char *a, *b;
        int order;
        bool any_case;
    } rows[] = {
        { "", "", 0, true },         { "a", "", 1, false },
        { "", "a", -1, false },      { "a", "b", -1, false },
        { "abc", "ab", 1, false },   { "ab", "abc", -1, false },
        { "abc", "abc", 0, true },   { "aBc", "AbC", 1, true },
        { "B", "b", -1, true },      { "\xff", "a", 1, false },
        { "[", "{", -1, false },     { "@", "`", -1, false },
        { "abc", "abd", -1, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct str a = str_from(rows[i].a), b = str_from(rows[i].b);
        int order = str_compare(a, b);
        CHECK_INT((order > 0) - (order < 0), rows[i].order);
        CHECK_INT(str_equal(a, b), rows[i].order == 0);
        CHECK_INT(str_equal_any_case(a, b), rows[i].any_case);
    }
}

TEST(starts_and_ends_are_found)
{
    static const struct {
        const char *text, *with;
        bool starts, ends;
    } rows[] = {
        { "abc", "", true, true },       { "abc", "ab", true, false },
        { "abc", "bc", false, true },    { "abc", "abc", true, true },
        { "abc", "abcd", false, false }, { "", "", true, true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct str text = str_from(rows[i].text), with = str_from(rows[i].with);
        CHECK_INT(str_starts(text, with), rows[i].starts);
        CHECK_INT(str_ends(text, with), rows[i].ends);
    }
}

TEST(parts_never_leave_the_text)
{
    struct str text = STR("abc");
    CHECK_STR(str_from_at(text, 1), "bc");
    CHECK_STR(str_from_at(text, 3), "");
    CHECK_STR(str_from_at(text, 9), "");
    CHECK_STR(str_first(text, 2), "ab");
    CHECK_STR(str_first(text, 9), "abc");
    CHECK_INT(str_find(text, 'c'), 2);
    CHECK_INT(str_find(text, 'x'), 3);
    struct str none = { NULL, 0 };
    CHECK_INT(str_find(none, 'x'), 0);
    CHECK(!str_from_at(none, 1).at);
}

TEST(blanks_at_both_ends_are_trimmed)
{
    static const char *const rows[][2] = {
        { " a b\t\r\n", "a b" }, { "", "" }, { " \t", "" }, { "a", "a" },
        { "\v a", "\v a" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_STR(str_trim(str_from(rows[i][0])), rows[i][1]);
}

/* The pieces, each in brackets. */
static void join_pieces(struct str text, bool (*next)(struct str *, char, struct str *),
                        char out[64])
{
    struct str piece = { 0 };
    out[0] = '\0';
    size_t n = 0;
    while (next(&text, ',', &piece)) {
        CHECK(n + piece.n + 3 < 64);
        out[n++] = '[';
        memcpy(out + n, piece.at, piece.n);
        n += piece.n;
        out[n++] = ']';
        out[n] = '\0';
    }
}

TEST(a_text_splits_into_pieces_and_into_fields)
{
    static const struct {
        const char *text, *pieces, *fields;
    } rows[] = {
        { "", "", "[]" },
        { "a", "[a]", "[a]" },
        { "a,", "[a]", "[a][]" },
        { ",a", "[][a]", "[][a]" },
        { "a,,b", "[a][][b]", "[a][][b]" },
        { ",", "[]", "[][]" },
        { "ab,cd", "[ab][cd]", "[ab][cd]" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char got[64];
        join_pieces(str_from(rows[i].text), str_next, got);
        CHECK_TEXT(got, rows[i].pieces);
        join_pieces(str_from(rows[i].text), str_next_field, got);
        CHECK_TEXT(got, rows[i].fields);
    }
}

TEST(numbers_are_plain_decimals_within_the_limit)
{
    static const struct {
        const char *text;
        uint64_t max;
        enum status want;
        uint64_t value;
    } rows[] = {
        { "0", 0, OK, 0 },
        { "007", 7, OK, 7 },
        { "65535", 65535, OK, 65535 },
        { "65536", 65535, ERR_LIMIT, 0 },
        { "18446744073709551615", UINT64_MAX, OK, UINT64_MAX },
        { "18446744073709551616", UINT64_MAX, ERR_LIMIT, 0 },
        { "99999999999999999999999", UINT64_MAX, ERR_LIMIT, 0 },
        { "", 9, ERR_SYNTAX, 0 },
        { "+1", 9, ERR_SYNTAX, 0 },
        { "-1", 9, ERR_SYNTAX, 0 },
        { " 1", 9, ERR_SYNTAX, 0 },
        { "1 ", 9, ERR_SYNTAX, 0 },
        { "0x1", 9, ERR_SYNTAX, 0 },
        { "99a", 9, ERR_SYNTAX, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint64_t value = 4711;
        CHECK_INT(str_to_u64(str_from(rows[i].text), rows[i].max, &value), rows[i].want);
        CHECK_INT(value, rows[i].want ? 4711 : rows[i].value);
    }
}

TEST(hexadecimal_digits_become_bytes_or_nothing)
{
    uint8_t bytes[3] = { 1, 2, 3 };
    static const char *const bad[] = {
        "", "00ff", "00ff1", "00ff1g", "00ff1122", "00 f11"
    };
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        CHECK_INT(str_from_hex(str_from(bad[i]), bytes, 3), ERR_SYNTAX);
    CHECK_INT(bytes[0], 1);
    CHECK_INT(str_from_hex(STR("00fFa9"), bytes, 3), OK);
    CHECK_INT(bytes[0], 0);
    CHECK_INT(bytes[1], 0xff);
    CHECK_INT(bytes[2], 0xa9);
    CHECK_INT(str_from_hex(STR(""), bytes, 0), OK);
}

TEST(utf8_characters_are_told_from_other_bytes)
{
    static const struct {
        const char *text;
        size_t want;
    } rows[] = {
        { "", 0 },
        { "a", 1 },
        { "\x7f", 1 },
        { "\xc3\xa4z", 2 },
        { "\xe2\x82\xac", 3 },
        { "\xf0\x9f\x98\x80", 4 },
        { "\xf4\x8f\xbf\xbf", 4 },
        { "\xed\x9f\xbf", 3 },
        { "\x80", 0 },             /* continuation without a start */
        { "\xc0\x80", 0 },         /* overlong */
        { "\xc1\xbf", 0 },         /* overlong */
        { "\xe0\x9f\xbf", 0 },     /* overlong */
        { "\xf0\x8f\xbf\xbf", 0 }, /* overlong */
        { "\xed\xa0\x80", 0 },     /* surrogate */
        { "\xf4\x90\x80\x80", 0 }, /* past U+10FFFF */
        { "\xf5\x80\x80\x80", 0 },
        { "\xff", 0 },
        { "\xc3", 0 },     /* cut off */
        { "\xe2\x82", 0 }, /* cut off */
        { "\xe2\x82z", 0 },
        { "\xc3z", 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(str_utf8_first(str_from(rows[i].text)), rows[i].want);
}
