// SPDX-License-Identifier: GPL-3.0-or-later
/* recovery.h - codes for who has lost the authenticator app: ten of 80 bits each, on paper. The
 * database has keyed digests, and each works once. */
#pragma once

#include "account/keys.h"

enum {
    RECOVERY_CODES = 10,
    RECOVERY_TEXT_SIZE = 20 /* "xxxx-xxxx-xxxx-xxxx" with a zero byte */
};

void recovery_make(char out[RECOVERY_TEXT_SIZE]);
/* The digest under which it is stored, however the letters are grouped and whatever their case.
 * Text of any form has one. The same code of another account has another digest. */
struct digest recovery_digest(const struct keys *keys, int64_t account_id,
                              struct str code);
