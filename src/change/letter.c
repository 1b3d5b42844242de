// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/letter.h"

#include <string.h>

void letter_add(struct letter *letter, const struct name *name, int64_t time_s)
{
    char time[POST_TIME_SIZE];
    struct str text = str_first(str_from(name_text(name)), LETTER_NAME_SHOWN - 1);
    struct buf first = BUF_ON(letter->first), names = BUF_ON(letter->names);
    if (letter->count++ >= LETTER_NAMES)
        return;
    post_time(time_s, time);
    names.n = strlen(letter->names);
    buf_printf(&names, "%s" STR_FMT " (%s)", letter->count > 1 ? ", " : "", STR_ARG(text),
               time);
    (void)buf_text(&names);
    if (letter->count > 1)
        return;
    buf_put(&first, text);
    (void)buf_text(&first);
}

/* "home.example.org (+2)" needs no language. */
static void add_others(char *text, size_t size, size_t others)
{
    struct buf out = buf_on(text, size);
    out.n = strlen(text);
    if (others > 0)
        buf_printf(&out, " (+%zu)", others);
    (void)buf_text(&out);
}

enum status letter_send(struct letter *letter, const struct post *post,
                        struct store *store, struct post_mail *mail,
                        enum post_result *out, struct error *err)
{
    if (letter->count == 0)
        return OK;
    add_others(letter->first, sizeof(letter->first), letter->count - 1);
    if (letter->count > LETTER_NAMES)
        add_others(letter->names, sizeof(letter->names), letter->count - LETTER_NAMES);
    post_values_add(&mail->values, "host", str_from(letter->first));
    post_values_add(&mail->values, "hosts", str_from(letter->names));
    return post_put(post, store, mail, out, err);
}
