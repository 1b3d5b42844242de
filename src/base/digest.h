// SPDX-License-Identifier: GPL-3.0-or-later
/* digest.h - keyed digests, password hashes and comparison of secrets (libsodium).
 *
 * Keyed BLAKE2b (RFC 7693) is for tokens, SipHash for tables and cookies, Argon2id (RFC 9106) for
 * passwords, SHA-256 for what protocols ask for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    DIGEST_KEY_SIZE = 32,
    DIGEST_SHORT_KEY_SIZE = 16,
    DIGEST_SIZE = 16,
    DIGEST_SIP_SIZE = 8,
    DIGEST_SHA256_SIZE = 32,
    DIGEST_SHA256_TEXT_SIZE = 44, /* base64url without padding, and a zero byte */
    PASSWORD_HASH_SIZE = 128,     /* Argon2id in its usual text form, with a zero byte */
};

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

/* BLAKE2b of `message` with the key, of DIGEST_SIZE bytes (not a longer one that was cut). */
struct digest digest_keyed(const uint8_t key[DIGEST_KEY_SIZE], struct str message);
/* SipHash-2-4 of 128 bits, for tables in memory: without the key nobody can choose a place in the
 * table. Not for secrets. It costs a sixth of digest_keyed(). */
struct digest digest_short(const uint8_t key[DIGEST_SHORT_KEY_SIZE], struct str message);
/* SipHash-2-4 of 64 bits, little-endian as in protocols. */
void digest_sip(const uint8_t key[DIGEST_SHORT_KEY_SIZE], struct str message,
                uint8_t out[DIGEST_SIP_SIZE]);
/* BLAKE2b without a key; for fingerprints. */
struct digest digest_plain(struct str message);
/* The same digest of bytes that come in pieces: begin, add each piece, end. */
struct digest_run {
    _Alignas(64) uint8_t state[384]; /* libsodium's state */
};
void digest_begin(struct digest_run *run);
void digest_add(struct digest_run *run, struct str piece);
struct digest digest_end(struct digest_run *run);
void digest_sha256(struct str message, uint8_t out[DIGEST_SHA256_SIZE]);
/* SHA-256 of `message` as JOSE writes it (RFC 7515, 2). */
void digest_sha256_text(struct str message, char out[DIGEST_SHA256_TEXT_SIZE]);
bool digest_equal(struct digest a, struct digest b);
struct str digest_bytes(const struct digest *digest);

/* Its time does not depend on the contents. It may depend on the lengths. */
bool secret_equal(struct str a, struct str b);

/* Argon2id with 19 MiB and 2 passes, which takes some 45 ms. ERR_IO: memory is short. */
MUST_CHECK enum status password_hash(struct str password, char out[PASSWORD_HASH_SIZE],
                                     struct error *err);
/* Whether the hash is that of the password. With a hash of NULL it is false and takes as long. */
bool password_matches(struct str password, const char *hash);
/* Whether the hash was made with other memory or passes than password_hash() takes now. */
bool password_is_outdated(const char *hash);
