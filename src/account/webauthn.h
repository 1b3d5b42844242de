// SPDX-License-Identifier: GPL-3.0-or-later
/* webauthn.h - checks what an authenticator and its browser say (W3C Web Authentication, level 3):
 * the door to GnuTLS for signatures. Pure.
 *
 * The page gives us the public key in DER, so there is no reader of CBOR: the key that stands in the
 * authenticator's data has one form for each algorithm, and is compared with what we expect there.
 * As attestation is "none", nothing signs a registration; it is worth as much as the session that
 * makes it. */
#pragma once

#include "account/keys.h"
#include "base/buf.h"
#include "store/rows.h"

/* Numbers of COSE (RFC 9053). */
enum webauthn_algorithm {
    WEBAUTHN_ES256 = -7,  /* ECDSA on P-256 */
    WEBAUTHN_EDDSA = -8,  /* Ed25519 */
    WEBAUTHN_RS256 = -257 /* RSA of 2048 to 4096 bits */
};
enum {
    WEBAUTHN_ALGORITHMS = 3,
    WEBAUTHN_CLIENT_MAX = 4096, /* bytes */
    WEBAUTHN_DATA_MAX = 2048,
    WEBAUTHN_SIGNATURE_MAX = 512,
    WEBAUTHN_HANDLE_SIZE = 16
};
extern const enum webauthn_algorithm webauthn_algorithms[WEBAUTHN_ALGORITHMS];
/* How a browser reaches the authenticator, by bits; ends with NULL. */
extern const char *const webauthn_transports[];

/* Where passkeys are of use. */
struct webauthn_site {
    struct str origin; /* of the pages */
    struct str rp_id;  /* its host */
};
/* ERR_CONFLICT: there are no passkeys at that origin, because its host is an address. *out points
 * into the text. */
MUST_CHECK enum status webauthn_site_of(struct str origin, struct webauthn_site *out,
                                        struct error *err);

/* By what authenticators know an account; the same for good, and nobody learns from it which
 * account it is. */
void webauthn_user_handle(const struct keys *keys, const struct account_row *account,
                          uint8_t out[WEBAUTHN_HANDLE_SIZE]);

/* What both ceremonies give. The bytes are lent. */
struct webauthn_said {
    struct str client; /* clientDataJSON */
    struct str data;   /* authenticatorData */
};

/* Appends the bytes of the challenge that is answered, before all checks. ERR_DENIED: there is
 * none, or no room. */
MUST_CHECK enum status webauthn_challenge(struct str client, struct buf *out,
                                          struct error *err);

struct webauthn_registration {
    struct webauthn_said said;
    struct str credential; /* as posted */
    struct str key;        /* SubjectPublicKeyInfo */
    int64_t algorithm;
};
/* Fills in of *out what it can: credential, key, algorithm, counter, aaguid, the two about copies.
 * ERR_DENIED: something is not as it has to be. Whether the challenge is one of ours is for the
 * caller to find out. */
MUST_CHECK enum status webauthn_register(const struct webauthn_site *site,
                                         const struct webauthn_registration *said,
                                         struct passkey_row *out, struct error *err);

struct webauthn_assertion {
    struct webauthn_said said;
    struct str signature;
};
struct webauthn_use {
    uint32_t counter;
    bool can_be_copied, is_copied; /* as in struct passkey_row */
};
/* Everything but the signature. ERR_DENIED. */
MUST_CHECK enum status webauthn_assert(const struct webauthn_site *site,
                                       const struct webauthn_assertion *said,
                                       struct webauthn_use *out, struct error *err);
/* The rest: whether the passkey's key has signed it. ERR_DENIED. */
MUST_CHECK enum status webauthn_verify(const struct passkey_row *passkey,
                                       const struct webauthn_assertion *said,
                                       struct error *err);
/* Whether the counter of a use is newer than the last one. If not, two authenticators have the
 * key. */
bool webauthn_counter_rises(uint32_t last, uint32_t now);
