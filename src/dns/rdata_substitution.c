// SPDX-License-Identifier: GPL-3.0-or-later
/* Checks the expression of a NAPTR: "!EXPRESSION!REPLACEMENT!FLAGS", where any byte may replace the
 * "!" (RFC 3402 3.2). It accepts the extended regular expressions (POSIX 9.4) that every server
 * accepts, so no collating elements and no equivalence classes. */
#include <string.h>

#include "dns/rdata_part.h"

enum {
    BOUND_MAX = 255, /* of repetitions (POSIX RE_DUP_MAX) */
};

struct expression {
    struct str rest;
    size_t groups,
        open;         /* how many "(" have come, and how many of them still need a ")" */
    bool atom;        /* something that can be repeated, or end an alternative */
    bool repeated;    /* the last part cannot be repeated (again) */
    bool empty_group; /* the last part was a "(" */
};

static bool starts_with(const struct expression *expression, char c)
{
    return expression->rest.n > 0 && expression->rest.at[0] == c;
}

static void skip(struct expression *expression)
{
    expression->rest = str_from_at(expression->rest, 1);
}

/* Takes a class from behind "[:", with its ":]". */
static bool take_class(struct expression *expression)
{
    static const char *const names[] = { "alnum", "alpha", "blank", "cntrl",
                                         "digit", "graph", "lower", "print",
                                         "punct", "space", "upper", "xdigit" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct str name = str_from(names[i]);
        if (str_starts(expression->rest, name) &&
            str_starts(str_from_at(expression->rest, name.n), STR(":]"))) {
            expression->rest = str_from_at(expression->rest, name.n + 2);
            return true;
        }
    }
    return false;
}

/* Takes a class, a byte or a range between "[" and "]". */
static bool take_member(struct expression *expression)
{
    struct str *rest = &expression->rest;
    if (str_starts(*rest, STR("[:"))) {
        *rest = str_from_at(*rest, 2);
        return take_class(expression);
    }
    if (str_starts(*rest, STR("[.")) || str_starts(*rest, STR("[=")))
        return false;
    size_t from = rdata_byte(*rest, 0);
    skip(expression);
    bool is_range = rest->n >= 2 && rest->at[0] == '-' && rest->at[1] != ']';
    if (!is_range)
        return true;
    size_t to = rdata_byte(*rest, 1);
    *rest = str_from_at(*rest, 2);
    return to != '[' && to >= from;
}

/* Takes a bracket expression from behind "[". */
static bool take_bracket(struct expression *expression)
{
    bool is_first = true;
    if (starts_with(expression, '^'))
        skip(expression);
    while (expression->rest.n > 0 && (is_first || !starts_with(expression, ']'))) {
        if (!take_member(expression))
            return false;
        is_first = false;
    }
    if (!starts_with(expression, ']'))
        return false;
    skip(expression);
    return true;
}

static bool take_number(struct expression *expression, size_t *out)
{
    bool is_there = false;
    for (*out = 0; expression->rest.n > 0 && char_is_digit(expression->rest.at[0]);
         skip(expression)) {
        *out = *out * 10 + (size_t)(expression->rest.at[0] - '0');
        if (*out > BOUND_MAX)
            return false;
        is_there = true;
    }
    return is_there;
}

/* Takes a bound from behind "{": "3}", "3,}" or "3,5}". */
static bool take_bound(struct expression *expression)
{
    size_t low = 0, high = BOUND_MAX;
    if (!take_number(expression, &low))
        return false;
    if (starts_with(expression, ',')) {
        skip(expression);
        if (!starts_with(expression, '}') && !take_number(expression, &high))
            return false;
    }
    if (!starts_with(expression, '}') || low > high)
        return false;
    skip(expression);
    return true;
}

static bool take_escaped(struct expression *expression)
{
    if (expression->rest.n == 0)
        return false;
    char c = expression->rest.at[0];
    skip(expression);
    return c != 0 && (c < '1' || c > '9' || (size_t)(c - '0') <= expression->groups);
}

static bool note(struct expression *expression, bool atom, bool repeated)
{
    expression->atom = atom;
    expression->repeated = repeated;
    expression->empty_group = false;
    return true;
}

static bool open_group(struct expression *expression)
{
    expression->groups++;
    expression->open++;
    (void)note(expression, false, false);
    expression->empty_group = true;
    return true;
}

static bool close_group(struct expression *expression)
{
    if (expression->open == 0 || (!expression->atom && !expression->empty_group))
        return false;
    expression->open--;
    return note(expression, true, false);
}

static bool take_one(struct expression *expression)
{
    char c = expression->rest.at[0];
    skip(expression);
    switch (c) {
    case '\\':
        return take_escaped(expression) && note(expression, true, false);
    case '[':
        return take_bracket(expression) && note(expression, true, false);
    case '(':
        return open_group(expression);
    case ')':
        return close_group(expression);
    case '|':
        return expression->atom && note(expression, false, false);
    case '^':
    case '$':
        return note(expression, true, true);
    case '{':
        return expression->atom && !expression->repeated && take_bound(expression) &&
               note(expression, true, true);
    case '+':
    case '*':
    case '?':
        return expression->atom && !expression->repeated && note(expression, true, true);
    default:
        return c != 0 && note(expression, true, false);
    }
}

static bool is_expression(struct str text, size_t *groups_out)
{
    struct expression expression = { .rest = text };
    while (expression.rest.n > 0)
        if (!take_one(&expression))
            return false;
    *groups_out = expression.groups;
    return expression.atom && expression.open == 0;
}

/* Takes the bytes before the next delimiter without a backslash. False: there is none. */
static bool take_field(struct str *rest, char delimiter, struct str *out)
{
    for (size_t i = 0; i < rest->n && rest->at[i] != 0; i++) {
        if (rest->at[i] == delimiter) {
            *out = str_first(*rest, i);
            *rest = str_from_at(*rest, i + 1);
            return true;
        }
        i += rest->at[i] == '\\';
    }
    return false;
}

/* Whether the replacement refers only to groups that exist. */
static bool is_replacement(struct str text, size_t groups)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.at[i] == 0)
            return false;
        if (text.at[i] != '\\')
            continue;
        i++;
        if (i == text.n || text.at[i] == '0' || text.at[i] == 0)
            return false;
        if (char_is_digit(text.at[i]) && (size_t)(text.at[i] - '0') > groups)
            return false;
    }
    return true;
}

static bool are_flags(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.at[i] != 'i')
            return false;
    return true;
}

bool rdata_take_substitution(struct reader *in)
{
    struct str text = rdata_take_string(in), expression, replacement;
    if (text.n == 0)
        return true;
    char delimiter = text.at[0];
    if (delimiter == 0 || delimiter == 'i' || delimiter == '\\' ||
        char_is_digit(delimiter))
        return false;
    text = str_from_at(text, 1);
    size_t groups = 0;
    return take_field(&text, delimiter, &expression) &&
           take_field(&text, delimiter, &replacement) && are_flags(text) &&
           is_expression(expression, &groups) && is_replacement(replacement, groups);
}
