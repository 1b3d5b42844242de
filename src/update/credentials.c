// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/credentials.h"

#include "account/token.h"
#include "http/query.h"

static bool is_plain(char c)
{
    return c > ' ' && c < 0x7f;
}

/* The length of the blank that `text` begins with, or 0. */
static size_t leading_blank(struct str text)
{
    /* no-break space, zero-width space, byte order mark */
    static const char *const blanks[] = { "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf" };
    if (text.n > 0 && ((unsigned char)text.at[0] <= ' ' || text.at[0] == 0x7f))
        return 1;
    for (size_t i = 0; i < LENGTH_OF(blanks); i++)
        if (str_starts(text, str_from(blanks[i])))
            return str_from(blanks[i]).n;
    return 0;
}

struct str credentials_trim(struct str text)
{
    while (text.n > 0 && !is_plain(text.at[0])) {
        size_t n = leading_blank(text);
        if (n == 0)
            break;
        text = str_from_at(text, n);
    }
    /* A blank of Unicode takes up to three bytes. */
    for (size_t n = 1; n <= 3 && n <= text.n && !is_plain(text.at[text.n - 1]);) {
        bool is_blank = leading_blank(str_from_at(text, text.n - n)) == n;
        text.n -= is_blank ? n : 0;
        n = is_blank ? 1 : n + 1;
    }
    return text;
}

/* False: nothing of use is in the field. */
static bool read_field(struct str value, struct arena *arena, struct credentials *out)
{
    *out = (struct credentials){ .user = STR("") };
    if (!http_basic_parse(value, arena, &out->user, &out->secret)) {
        out->user = credentials_trim(out->user);
        out->secret = credentials_trim(out->secret);
        return true;
    }
    value = str_trim(value);
    size_t blank = str_find(value, ' '), tab = str_find(value, '\t');
    struct str scheme = str_first(value, blank < tab ? blank : tab);
    if (!str_equal_any_case(scheme, STR("Token")) &&
        !str_equal_any_case(scheme, STR("Bearer")))
        return false;
    *out =
        (struct credentials){ .secret = credentials_trim(str_from_at(value, scheme.n)) };
    return out->secret.n > 0;
}

/* Whether `secret` counts where `other` came earlier. */
static bool is_better(struct str secret, struct str other)
{
    return other.n == 0 || (token_is_formed(secret) && !token_is_formed(other));
}

void credentials_find(const struct http_head *head, struct arena *arena,
                      struct credentials *found)
{
    struct credentials best = { .user = STR("") }, one;
    for (size_t i = 0; i < head->field_count; i++) {
        const struct http_field *field = &head->fields[i];
        if (!str_equal_any_case(field->name, STR("Authorization")) ||
            !read_field(field->value, arena, &one))
            continue;
        if (best.user.n == 0)
            best.user = one.user;
        if (is_better(one.secret, best.secret))
            best.secret = one.secret;
    }
    if (best.user.n > 0)
        found->user = best.user;
    if (!is_better(found->secret, best.secret))
        found->secret = best.secret;
}
