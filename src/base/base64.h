// SPDX-License-Identifier: GPL-3.0-or-later
/* base64.h - base64url without padding (RFC 7515, 2), the form of bytes in JSON (libsodium). */
#pragma once

#include "base/buf.h"

/* Appends the text. */
void base64_put(struct str bytes, struct buf *out);
/* Appends the bytes. ERR_SYNTAX: the text is not the one form that base64_put() gives. ERR_LIMIT:
 * there is no room. In both cases nothing was appended. */
MUST_CHECK enum status base64_read(struct str text, struct buf *out);
