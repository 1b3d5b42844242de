// SPDX-License-Identifier: GPL-3.0-or-later
/* request_notice.h - mails about what needs consent. Only for the files of this room and those that
 * write to strangers. */
#pragma once

#include "change/admin.h"
#include "post/post.h"

/* The texts that a mail of it may have; they are lent to the mail. */
enum {
    REQUEST_NAME_SIZE = 256 /* of a name; those of zones and hosts are shorter */
};
struct request_words {
    char time[POST_TIME_SIZE], until[POST_TIME_SIZE];
    char zone[REQUEST_NAME_SIZE],
        host[REQUEST_NAME_SIZE];                   /* without a host it is empty */
    char what[REQUEST_NAME_SIZE + EMAIL_SIZE + 8]; /* what it is about, in short */
    char about[64];
    struct account_row asker;
};
MUST_CHECK enum status request_words_find(const struct admin *admin,
                                          const struct request_row *row,
                                          struct request_words *out, struct error *err);
/* A mail of that kind with all the values that the kind knows; `who` is the other one's address. */
struct post_mail request_mail(const struct request_words *words, enum post_kind kind,
                              struct str who, int64_t now_s);

/* Those who are asked. *is_stranger: no account has the address. */
MUST_CHECK enum status request_tell_asked(const struct admin *admin,
                                          const struct request_row *row,
                                          bool *is_stranger, struct error *err);
/* The asker: a mail of the kind about its request. `who` decided. */
MUST_CHECK enum status request_tell_asker(const struct admin *admin,
                                          const struct request_row *row,
                                          enum post_kind kind, const char *who,
                                          struct error *err);
