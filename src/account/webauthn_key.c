// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/webauthn_key.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

enum {
    COORDINATE_SIZE = 32,
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 4096
};

const enum webauthn_algorithm webauthn_algorithms[WEBAUTHN_ALGORITHMS] = {
    WEBAUTHN_ES256, WEBAUTHN_EDDSA, WEBAUTHN_RS256
};

static void free_key(gnutls_pubkey_t *key)
{
    if (*key)
        gnutls_pubkey_deinit(*key);
}

static void free_datum(gnutls_datum_t *datum)
{
    gnutls_free(datum->data);
}

/* GnuTLS takes what it only reads by a pointer to what it may change. */
static gnutls_datum_t datum_of(struct str bytes)
{
    return (gnutls_datum_t){ .data = (unsigned char *)(uintptr_t)bytes.at,
                             .size = (unsigned)bytes.n };
}

static struct str bytes_of(gnutls_datum_t datum)
{
    return str_bytes(datum.data, datum.size);
}

static enum status import(struct str bytes, gnutls_pubkey_t *out, struct error *err)
{
    gnutls_datum_t datum = datum_of(bytes);
    if (gnutls_pubkey_init(out))
        return FAIL(err, ERR_DENIED, "publicKey: cannot be read");
    if (bytes.n > PASSKEY_KEY_MAX ||
        gnutls_pubkey_import(*out, &datum, GNUTLS_X509_FMT_DER))
        return FAIL(err, ERR_DENIED, "publicKey: is no SubjectPublicKeyInfo in DER");
    return OK;
}

/* GnuTLS reads forms that it does not write. A key of ours has one. */
static bool is_plain(gnutls_pubkey_t key, struct str bytes)
{
    CLEANUP(free_datum) gnutls_datum_t written = { .data = NULL };
    return !gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &written) &&
           str_equal(bytes_of(written), bytes);
}

static enum status refuse_key(struct error *err)
{
    return FAIL(err, ERR_DENIED, "publicKey: does not fit publicKeyAlgorithm");
}

/* The number in as many bytes as it should have, whatever zeros it has in front. */
static void put_padded(struct buf *out, struct str number)
{
    while (number.n > COORDINATE_SIZE && number.at[0] == 0)
        number = str_from_at(number, 1);
    for (size_t n = number.n; n < COORDINATE_SIZE; n++)
        buf_put_u8(out, 0);
    buf_put(out, number);
}

static enum status put_curve(gnutls_pubkey_t key, gnutls_ecc_curve_t wanted,
                             struct buf *cose, struct error *err)
{
    static const uint8_t p256[] = { 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20 },
                         then_y[] = { 0x22, 0x58, 0x20 },
                         ed25519[] = { 0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 0x20 };
    CLEANUP(free_datum) gnutls_datum_t x = { .data = NULL };
    CLEANUP(free_datum) gnutls_datum_t y = { .data = NULL };
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    if (gnutls_pubkey_export_ecc_raw2(key, &curve, &x, &y, 0) || curve != wanted)
        return refuse_key(err);
    bool has_y = curve == GNUTLS_ECC_CURVE_SECP256R1;
    buf_put(cose,
            has_y ? str_bytes(p256, sizeof(p256)) : str_bytes(ed25519, sizeof(ed25519)));
    put_padded(cose, bytes_of(x));
    if (has_y) {
        buf_put(cose, str_bytes(then_y, sizeof(then_y)));
        put_padded(cose, bytes_of(y));
    }
    return OK;
}

static enum status put_rsa(gnutls_pubkey_t key, struct buf *cose, struct error *err)
{
    static const uint8_t head[] = { 0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59 },
                         exponent[] = { 1, 0, 1 };
    CLEANUP(free_datum) gnutls_datum_t n = { .data = NULL };
    CLEANUP(free_datum) gnutls_datum_t e = { .data = NULL };
    if (gnutls_pubkey_export_rsa_raw2(key, &n, &e, GNUTLS_EXPORT_FLAG_NO_LZ))
        return refuse_key(err);
    if (!str_equal(bytes_of(e), str_bytes(exponent, sizeof(exponent))))
        return FAIL(err, ERR_DENIED, "publicKey: its exponent is not 65537");
    buf_put(cose, str_bytes(head, sizeof(head)));
    buf_put_u16(cose, (uint16_t)n.size);
    buf_put(cose, bytes_of(n));
    buf_put_u8(cose, 0x21);
    buf_put_u8(cose, 0x43);
    buf_put(cose, str_bytes(exponent, sizeof(exponent)));
    return OK;
}

enum status webauthn_key_check(int64_t algorithm, struct str key, struct buf *cose,
                               struct error *err)
{
    CLEANUP(free_key) gnutls_pubkey_t held = NULL;
    unsigned bits = 0;
    enum status status = import(key, &held, err);
    if (status)
        return status;
    if (!is_plain(held, key))
        return FAIL(err, ERR_DENIED, "publicKey: is not in its usual form");
    int kind = gnutls_pubkey_get_pk_algorithm(held, &bits);
    if (algorithm == WEBAUTHN_ES256 && kind == GNUTLS_PK_ECDSA)
        return put_curve(held, GNUTLS_ECC_CURVE_SECP256R1, cose, err);
    if (algorithm == WEBAUTHN_EDDSA && kind == GNUTLS_PK_EDDSA_ED25519)
        return put_curve(held, GNUTLS_ECC_CURVE_ED25519, cose, err);
    if (algorithm != WEBAUTHN_RS256 || kind != GNUTLS_PK_RSA)
        return refuse_key(err);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
        return FAIL(err, ERR_DENIED, "publicKey: RSA of %u bits; 2048 to 4096 are taken",
                    bits);
    return put_rsa(held, cose, err);
}

enum status webauthn_key_verify(int64_t algorithm, struct str key, struct str bytes,
                                struct str signature, struct error *err)
{
    CLEANUP(free_key) gnutls_pubkey_t held = NULL;
    gnutls_datum_t message = datum_of(bytes), sign = datum_of(signature);
    gnutls_sign_algorithm_t how = algorithm == WEBAUTHN_ES256 ? GNUTLS_SIGN_ECDSA_SHA256
                                  : algorithm == WEBAUTHN_EDDSA
                                      ? GNUTLS_SIGN_EDDSA_ED25519
                                      : GNUTLS_SIGN_RSA_SHA256;
    enum status status = import(key, &held, err);
    if (status)
        return status;
    if (gnutls_pubkey_verify_data2(held, how, 0, &message, &sign) < 0)
        return FAIL(err, ERR_DENIED, "signature: is not the passkey's");
    return OK;
}
