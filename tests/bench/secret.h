// SPDX-License-Identifier: GPL-3.0-or-later
/* secret.h - the token of host number i in a database that bench_store filled.
 *
 * "rv_" and the number in base 32, most significant digit first, as 24 digits of the
 * alphabet of real tokens: 0-9 and a-z without i, l, o and u. Host 0 has 24 zeros, host 33
 * ends in "11". Nothing secret about it: for measurements only. */
#pragma once

#include <stdint.h>
#include <string.h>

enum {
    BENCH_SECRET_SIZE = 32, /* room for the text with a zero byte */
    BENCH_DIGITS = 24
};

static inline void bench_secret(uint64_t number, char out[BENCH_SECRET_SIZE])
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    memcpy(out, "rv_", 3);
    for (int place = 3 + BENCH_DIGITS - 1; place >= 3; place--) {
        out[place] = alphabet[number % 32];
        number /= 32;
    }
    out[3 + BENCH_DIGITS] = '\0';
}
