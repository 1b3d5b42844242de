// SPDX-License-Identifier: GPL-3.0-or-later
/* digest.h - keyed digests, password hashes and comparison of secrets (libsodium).
 *
 * Keyed BLAKE2b (RFC 7693) for tokens, SipHash for tables and cookies, Argon2id (RFC 9106) for passwords. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    DIGEST_KEY_SIZE = 32,
    DIGEST_SHORT_KEY_SIZE = 16,
    DIGEST_SIZE = 16,
    DIGEST_SIP_SIZE = 8,
    PASSWORD_HASH_SIZE = 128, /* Argon2id in its usual text form, with a zero byte */
};

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

/* BLAKE2b of `message` with the key of DIGEST_KEY_SIZE bytes, cut to 16 bytes by the
 * function's own output length. */
struct digest digest_keyed(const uint8_t key[DIGEST_KEY_SIZE], struct str message);
/* SipHash-2-4 with 128 bits, for tables in memory: nobody without the key can aim at a place,
 * but it is not for secrets. `key` has DIGEST_SHORT_KEY_SIZE bytes. A sixth of the cost. */
struct digest digest_short(const uint8_t key[DIGEST_SHORT_KEY_SIZE], struct str message);
/* SipHash-2-4 with 64 bits, little-endian, as protocols have it. */
void digest_sip(const uint8_t key[DIGEST_SHORT_KEY_SIZE], struct str message,
                uint8_t out[DIGEST_SIP_SIZE]);
/* BLAKE2b without a key; for fingerprints. */
struct digest digest_plain(struct str message);
/* The same of bytes that come in pieces: begin, add, end. */
struct digest_run {
    _Alignas(64) uint8_t state[384]; /* libsodium's */
};
void digest_begin(struct digest_run *run);
void digest_add(struct digest_run *run, struct str piece);
struct digest digest_end(struct digest_run *run);
bool digest_equal(struct digest a, struct digest b);
struct str digest_bytes(const struct digest *digest);

/* Constant time in the contents; the lengths may show. */
bool secret_equal(struct str a, struct str b);

/* Argon2id with 19 MiB and 2 passes: some 45 ms. ERR_IO when memory is short. */
MUST_CHECK enum status password_hash(struct str password, char out[PASSWORD_HASH_SIZE],
                                     struct error *err);
/* Whether the hash is that of the password. A hash of NULL costs the same and is false. */
bool password_matches(struct str password, const char *hash);
