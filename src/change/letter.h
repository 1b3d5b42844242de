// SPDX-License-Identifier: GPL-3.0-or-later
/* letter.h - one mail to an owner about several names. Only for the files of this room. */
#pragma once

#include "post/post.h"

enum {
    LETTER_NAMES = 20,       /* are shown; the others are counted */
    LETTER_NAME_SHOWN = 256, /* of a name; those of hosts are shorter */
    LETTER_SIZE = LETTER_NAMES * (LETTER_NAME_SHOWN + POST_TIME_SIZE + 8)
};

/* Begins with all zeros. */
struct letter {
    size_t count;
    char first[LETTER_NAME_SHOWN + 16], names[LETTER_SIZE];
};

/* `time_s` is when it was heard last. */
void letter_add(struct letter *letter, const struct name *name, int64_t time_s);
/* Sends it, unless it is empty: `mail` has everything but the values "host" and "hosts". As
 * post_put(). */
MUST_CHECK enum status letter_send(struct letter *letter, const struct post *post,
                                   struct store *store, struct post_mail *mail,
                                   enum post_result *out, struct error *err);
