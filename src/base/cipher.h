// SPDX-License-Identifier: GPL-3.0-or-later
/* cipher.h - keeps a text from those who have the disk but not the key (libsodium).
 *
 * XChaCha20-Poly1305 (RFC 8439 with a longer nonce): a random nonce, the encrypted bytes, and a tag
 * over them and over `about`, which is not in the result. So what was sealed for one row cannot be
 * opened in another one. */
#pragma once

#include <stdint.h>

#include "base/buf.h"

enum {
    CIPHER_KEY_SIZE = 32,
    CIPHER_MORE = 24 + 16 /* bytes by which a sealed text is longer */
};

/* Appends the sealed text. */
void cipher_seal(const uint8_t key[CIPHER_KEY_SIZE], struct str about, struct str plain,
                 struct buf *out);
/* Appends the plain text. ERR_CONFLICT: another key, or other bytes than were sealed.
 * ERR_LIMIT: *out is too small. In both cases nothing was appended. */
MUST_CHECK enum status cipher_open(const uint8_t key[CIPHER_KEY_SIZE], struct str about,
                                   struct str sealed, struct buf *out, struct error *err);
