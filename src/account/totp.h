// SPDX-License-Identifier: GPL-3.0-or-later
/* totp.h - codes of an authenticator app (RFC 6238): SHA-1, six digits, 30 seconds, which is what
 * apps can do. The door to GnuTLS. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum {
    TOTP_SEED_SIZE = 20, /* 160 bits */
    TOTP_STEP_S = 30,
    TOTP_DIGITS = 6,
    TOTP_SEED_TEXT_SIZE = 33 /* in base32 (RFC 4648), with a zero byte */
};

/* The code of a step: the seconds since 1970 divided by TOTP_STEP_S. */
uint32_t totp_code(const uint8_t seed[TOTP_SEED_SIZE], int64_t step);
/* Whether the text is the code of the step of `now_s`, or of the one before or behind it, and newer
 * than `last_step`; *step is which. */
bool totp_find(const uint8_t seed[TOTP_SEED_SIZE], struct str code, int64_t now_s,
               int64_t last_step, int64_t *step);

void totp_seed_format(const uint8_t seed[TOTP_SEED_SIZE], char out[TOTP_SEED_TEXT_SIZE]);
/* What an app reads from a QR code. Sets out->full if there is no room. */
void totp_put_uri(const uint8_t seed[TOTP_SEED_SIZE], struct str email, struct buf *out);
