// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/render.h"

#include <assert.h>
#include <string.h>
#include <time.h>

void post_values_add(struct post_values *values, const char *name, struct str text)
{
    assert(values->count < POST_VALUES_MAX);
    values->list[values->count++] = (struct post_value){ .name = name, .text = text };
}

static const struct post_value *find(const struct post_values *values, struct str name)
{
    for (size_t i = 0; i < values->count; i++)
        if (str_equal(name, str_from(values->list[i].name)))
            return &values->list[i];
    return NULL;
}

static void put_value(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        bool is_control = (unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f;
        buf_put_u8(out, is_control ? '?' : (uint8_t)text.at[i]);
    }
}

enum status post_fill(const char *text, const struct post_values *values, struct buf *out,
                      struct error *err)
{
    for (struct str rest = str_from(text); rest.n;) {
        size_t open = str_find(rest, '{');
        buf_put(out, str_first(rest, open));
        if (open == rest.n)
            break;
        rest = str_from_at(rest, open + 1);
        struct str name = str_first(rest, str_find(rest, '}'));
        const struct post_value *value = find(values, name);
        if (!value)
            return FAIL(err, ERR_NOT_FOUND, "{" STR_FMT "} has no value", STR_ARG(name));
        put_value(out, value->text);
        rest = str_from_at(rest, name.n + 1);
    }
    return out->full ? FAIL(err, ERR_LIMIT, "the text is too long") : OK;
}

void post_time(int64_t time_s, char out[POST_TIME_SIZE])
{
    time_t seconds = (time_t)time_s;
    struct tm at;
    memset(&at, 0, sizeof(at));
    (void)gmtime_r(&seconds, &at);
    struct buf text = buf_on(out, POST_TIME_SIZE);
    buf_printf(&text, "%04d-%02d-%02d %02d:%02d UTC", at.tm_year + 1900, at.tm_mon + 1,
               at.tm_mday, at.tm_hour, at.tm_min);
    (void)buf_text(&text);
}
