// SPDX-License-Identifier: GPL-3.0-or-later
/* unsubscribe.h - tokens that switch off one kind of mail for one account, and can do nothing else.
 *
 * Nothing is stored for them: a token names account and kind, and has a keyed digest of both. So it
 * works as long as the key file is the same, whoever presents it and however often (RFC 8058). Pure,
 * but for the key. */
#pragma once

#include "account/keys.h"
#include "post/kind.h"

enum {
    UNSUBSCRIBE_SIZE =
        2 * (8 + 1 + DIGEST_SIZE) + 1 /* hexadecimal digits and a zero byte */
};

void unsubscribe_make(const struct keys *keys, int64_t account_id, enum post_kind kind,
                      char out[UNSUBSCRIBE_SIZE]);
/* False: it is no token of ours, or of a kind that nobody can switch off. */
bool unsubscribe_read(const struct keys *keys, struct str token, int64_t *account_id,
                      enum post_kind *kind);
