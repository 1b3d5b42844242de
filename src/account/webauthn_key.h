// SPDX-License-Identifier: GPL-3.0-or-later
/* webauthn_key.h - public keys of passkeys, and their signatures. Only for webauthn.c. */
#pragma once

#include "account/webauthn.h"

enum {
    WEBAUTHN_COSE_MAX = 600 /* bytes: RSA of 4096 bits needs 528 */
};

/* Whether the SubjectPublicKeyInfo is a key of that algorithm that we take; appends its form as a
 * COSE_Key (RFC 9052) as authenticators write it (CTAP2 canonical CBOR). ERR_DENIED. */
MUST_CHECK enum status webauthn_key_check(int64_t algorithm, struct str key,
                                          struct buf *cose, struct error *err);
/* ERR_DENIED. */
MUST_CHECK enum status webauthn_key_verify(int64_t algorithm, struct str key,
                                           struct str bytes, struct str signature,
                                           struct error *err);
