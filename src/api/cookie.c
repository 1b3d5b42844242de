// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/cookie.h"

#define NAME "__Host-rove"
#define TRAITS "; Path=/; Secure; HttpOnly; SameSite=Strict"

static enum cookie_found find_in(struct str field, struct str *value)
{
    enum cookie_found found = COOKIE_NONE;
    for (struct str rest = field, piece; str_next(&rest, ';', &piece);) {
        struct str pair = str_trim(piece);
        if (!str_starts(pair, STR(NAME "=")))
            continue;
        if (found != COOKIE_NONE)
            return COOKIE_SEVERAL;
        *value = str_from_at(pair, STR(NAME "=").n);
        found = COOKIE_ONE;
    }
    return found;
}

enum cookie_found cookie_find(const struct http_head *head, struct str *value)
{
    const struct http_field *field = NULL;
    struct str got = STR("");
    for (size_t i = 0; i < head->field_count; i++) {
        if (!str_equal_any_case(head->fields[i].name, STR("Cookie")))
            continue;
        if (field)
            return COOKIE_SEVERAL;
        field = &head->fields[i];
    }
    enum cookie_found found = field ? find_in(field->value, &got) : COOKIE_NONE;
    if (found == COOKIE_ONE)
        *value = got;
    return found;
}

void cookie_put(struct buf *line, const char *secret, int64_t keep_s)
{
    buf_printf(line, "Set-Cookie: " NAME "=%s" TRAITS, secret);
    if (keep_s)
        buf_printf(line, "; Max-Age=%lld", (long long)keep_s);
}

void cookie_put_end(struct buf *line)
{
    buf_put_text(line, "Set-Cookie: " NAME "=" TRAITS "; Max-Age=0");
}
