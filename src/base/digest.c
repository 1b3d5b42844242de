// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/digest.h"

#include <assert.h>
#include <sodium.h>
#include <stdalign.h>

#include "base/base64.h"

static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "room for the text form");
static_assert(DIGEST_SIZE == crypto_shorthash_siphashx24_BYTES, "the whole SipHash");
static_assert(DIGEST_SHORT_KEY_SIZE == crypto_shorthash_siphashx24_KEYBYTES, "its key");
static_assert(DIGEST_SIZE >= crypto_generichash_BYTES_MIN, "long enough for BLAKE2b");
static_assert(sizeof(struct digest_run) >= sizeof(crypto_generichash_state) &&
                  alignof(struct digest_run) >= alignof(crypto_generichash_state),
              "room for the state");

enum {
    PASSWORD_PASSES = 2,
    PASSWORD_MEMORY = 19456 * 1024,
};

static struct digest hash(const uint8_t *key, size_t key_size, struct str message)
{
    struct digest digest;
    int failed =
        crypto_generichash(digest.bytes, sizeof(digest.bytes),
                           (const unsigned char *)message.at, message.n, key, key_size);
    assert(!failed);
    return digest;
}

struct digest digest_keyed(const uint8_t key[DIGEST_KEY_SIZE], struct str message)
{
    return hash(key, DIGEST_KEY_SIZE, message);
}

struct digest digest_short(const uint8_t key[DIGEST_SHORT_KEY_SIZE], struct str message)
{
    struct digest digest;
    (void)crypto_shorthash_siphashx24(digest.bytes, (const unsigned char *)message.at,
                                      message.n, key); /* cannot fail */
    return digest;
}

void digest_sip(const uint8_t key[DIGEST_SHORT_KEY_SIZE], struct str message,
                uint8_t out[DIGEST_SIP_SIZE])
{
    static_assert(DIGEST_SIP_SIZE == crypto_shorthash_siphash24_BYTES, "all of it");
    (void)crypto_shorthash_siphash24(out, (const unsigned char *)message.at, message.n,
                                     key); /* cannot fail */
}

struct digest digest_plain(struct str message)
{
    return hash(NULL, 0, message);
}

void digest_sha256(struct str message, uint8_t out[DIGEST_SHA256_SIZE])
{
    static_assert(DIGEST_SHA256_SIZE == crypto_hash_sha256_BYTES, "all of it");
    (void)crypto_hash_sha256(out, (const unsigned char *)message.at,
                             message.n); /* cannot fail */
}

void digest_sha256_text(struct str message, char out[DIGEST_SHA256_TEXT_SIZE])
{
    uint8_t bytes[DIGEST_SHA256_SIZE];
    struct buf text = buf_on(out, DIGEST_SHA256_TEXT_SIZE);
    digest_sha256(message, bytes);
    base64_put(str_bytes(bytes, sizeof(bytes)), &text);
    (void)buf_text(&text);
}

/* libsodium's state, which stands in our bytes; they are aligned for it. */
static crypto_generichash_state *state_of(struct digest_run *run)
{
    return (crypto_generichash_state *)(void *)run->state;
}

void digest_begin(struct digest_run *run)
{
    int failed = crypto_generichash_init(state_of(run), NULL, 0, DIGEST_SIZE);
    assert(!failed);
}

void digest_add(struct digest_run *run, struct str piece)
{
    int failed = crypto_generichash_update(state_of(run), (const unsigned char *)piece.at,
                                           piece.n);
    assert(!failed);
}

struct digest digest_end(struct digest_run *run)
{
    struct digest digest;
    int failed =
        crypto_generichash_final(state_of(run), digest.bytes, sizeof(digest.bytes));
    assert(!failed);
    return digest;
}

bool digest_equal(struct digest a, struct digest b)
{
    return sodium_memcmp(a.bytes, b.bytes, DIGEST_SIZE) == 0;
}

struct str digest_bytes(const struct digest *digest)
{
    return str_bytes(digest->bytes, sizeof(digest->bytes));
}

bool secret_equal(struct str a, struct str b)
{
    return a.n == b.n && sodium_memcmp(a.at, b.at, a.n) == 0;
}

enum status password_hash(struct str password, char out[PASSWORD_HASH_SIZE],
                          struct error *err)
{
    char made[PASSWORD_HASH_SIZE];
    if (crypto_pwhash_str_alg(made, password.at, password.n, PASSWORD_PASSES,
                              PASSWORD_MEMORY, crypto_pwhash_ALG_ARGON2ID13))
        return FAIL(err, ERR_IO, "no memory to hash a password");
    for (size_t i = 0; i < sizeof(made); i++)
        out[i] = made[i];
    return OK;
}

/* The hash of a random password that nobody kept. It is compared where an account does not exist,
 * so that the reply takes as long as for an account that does. */
static const char nobody[PASSWORD_HASH_SIZE] =
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$FtgyZHkS6W+IuFyt0/FtXA$jQ4VPRKO+ybvlGLSH0xYdeYchGjkX8EyuZDOtcTphEo";

bool password_matches(struct str password, const char *hash)
{
    bool matches =
        crypto_pwhash_str_verify(hash ? hash : nobody, password.at, password.n) == 0;
    return hash && matches;
}

bool password_is_outdated(const char *hash)
{
    return crypto_pwhash_str_needs_rehash(hash, PASSWORD_PASSES, PASSWORD_MEMORY) != 0;
}
