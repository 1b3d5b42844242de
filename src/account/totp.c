// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/totp.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"

enum {
    MAC_SIZE = 20,
    CODES = 1000000,
    BITS_PER_CHAR = 5
};

/* RFC 4226 5.3 */
uint32_t totp_code(const uint8_t seed[TOTP_SEED_SIZE], int64_t step)
{
    uint8_t counter[sizeof(uint64_t)], mac[MAC_SIZE];
    struct buf message = BUF_ON(counter);
    buf_put_u64(&message, (uint64_t)step);
    int failed = gnutls_hmac_fast(GNUTLS_MAC_SHA1, seed, TOTP_SEED_SIZE, counter,
                                  sizeof(counter), mac);
    assert(failed == 0);
    const uint8_t *at = mac + (mac[MAC_SIZE - 1] & 0xfU);
    uint32_t number =
        (at[0] & 0x7fU) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return number % CODES;
}

bool totp_find(const uint8_t seed[TOTP_SEED_SIZE], struct str code, int64_t now_s,
               int64_t last_step, int64_t *step)
{
    int64_t now = now_s / TOTP_STEP_S;
    bool found = false;
    for (int64_t at = now - 1; at <= now + 1; at++) {
        char text[TOTP_DIGITS + 1];
        struct buf digits = BUF_ON(text);
        buf_printf(&digits, "%06u", totp_code(seed, at));
        if (!secret_equal(code, buf_str(&digits)) || at <= last_step || found)
            continue;
        *step = at;
        found = true;
    }
    return found;
}

/* 160 bits are 32 letters without a rest. */
void totp_seed_format(const uint8_t seed[TOTP_SEED_SIZE], char out[TOTP_SEED_TEXT_SIZE])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint64_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    for (size_t i = 0; i < TOTP_SEED_SIZE; i++) {
        bits = bits << 8 | seed[i];
        for (held += 8; held >= BITS_PER_CHAR; held -= BITS_PER_CHAR)
            out[n++] = alphabet[bits >> (held - BITS_PER_CHAR) & 31U];
    }
    out[n] = 0;
}

static void put_escaped(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        if (char_is_alpha(c) || char_is_digit(c) || strchr("-._~@", c))
            buf_put_u8(out, (uint8_t)c);
        else
            buf_printf(out, "%%%02X", (unsigned)(uint8_t)c);
    }
}

void totp_put_uri(const uint8_t seed[TOTP_SEED_SIZE], struct str email, struct buf *out)
{
    char text[TOTP_SEED_TEXT_SIZE];
    totp_seed_format(seed, text);
    buf_put_text(out, "otpauth://totp/Rove:");
    put_escaped(email, out);
    buf_printf(out, "?secret=%s&issuer=Rove&algorithm=SHA1&digits=%d&period=%d", text,
               TOTP_DIGITS, TOTP_STEP_S);
    mem_wipe(text, sizeof(text));
}
