// SPDX-License-Identifier: GPL-3.0-or-later
/* secret.h - random secrets of people: that of a session, which stands in a cookie, and that of a
 * link, which works once. The database has keyed digests of them alone, so the look-up is the
 * comparison. */
#pragma once

#include <stdbool.h>

#include "account/keys.h"

enum {
    SECRET_SIZE = 32,                      /* bytes: 256 bits */
    SECRET_TEXT_SIZE = 2 * SECRET_SIZE + 1 /* in hexadecimal digits, with a zero byte */
};

enum secret_kind {
    SECRET_SESSION,
    SECRET_LINK
};

void secret_make(char out[SECRET_TEXT_SIZE]);
/* The same secret has another digest as another kind. Text of any form has one. */
struct digest secret_digest(const struct keys *keys, enum secret_kind kind,
                            struct str secret);

enum {
    CSRF_TEXT_SIZE = 2 * DIGEST_SIZE + 1
};
/* What a page of ours knows of its session and another page does not: requests that change
 * something prove by it that they come from ours. */
void secret_csrf(const struct keys *keys, struct digest session,
                 char out[CSRF_TEXT_SIZE]);
