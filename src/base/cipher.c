// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/cipher.h"

#include <assert.h>
#include <sodium.h>

#include "base/random.h"

enum {
    NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

static_assert(CIPHER_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "its key");
static_assert(CIPHER_MORE == NONCE_SIZE + TAG_SIZE, "nonce and tag");

static const unsigned char *bytes_of(struct str text)
{
    return (const unsigned char *)text.at;
}

void cipher_seal(const uint8_t key[CIPHER_KEY_SIZE], struct str about, struct str plain,
                 struct buf *out)
{
    uint8_t nonce[NONCE_SIZE];
    random_fill(nonce, sizeof(nonce));
    buf_put(out, str_bytes(nonce, sizeof(nonce)));
    if (out->full || out->size - out->n < plain.n + TAG_SIZE) {
        out->full = true;
        return;
    }
    int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        out->at + out->n, NULL, bytes_of(plain), plain.n, bytes_of(about), about.n, NULL,
        nonce, key);
    assert(!failed);
    out->n += plain.n + TAG_SIZE;
}

enum status cipher_open(const uint8_t key[CIPHER_KEY_SIZE], struct str about,
                        struct str sealed, struct buf *out, struct error *err)
{
    if (sealed.n < CIPHER_MORE)
        return FAIL(err, ERR_CONFLICT, "sealed text: too short");
    if (out->full || out->size - out->n < sealed.n - CIPHER_MORE)
        return FAIL(err, ERR_LIMIT, "sealed text: %zu bytes", sealed.n);
    struct str rest = str_from_at(sealed, NONCE_SIZE);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            out->at + out->n, NULL, NULL, bytes_of(rest), rest.n, bytes_of(about),
            about.n, bytes_of(sealed), key))
        return FAIL(err, ERR_CONFLICT, "sealed text: of another key, or changed");
    out->n += sealed.n - CIPHER_MORE;
    return OK;
}
