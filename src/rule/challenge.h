// SPDX-License-Identifier: GPL-3.0-or-later
/* challenge.h - what proves to a certificate authority that a name is one's own (ACME, RFC 8555):
 * a TXT value at _acme-challenge.HOST (8.4), for the host and its wildcard alike, or a file at a
 * well-known path (8.3). Pure. */
#pragma once

#include <stdbool.h>

#include "base/digest.h"
#include "dns/name.h"

enum {
    CHALLENGE_VALUE_SIZE = 43, /* of a SHA-256 digest, in base64url without padding */
    CHALLENGE_VALUES_MAX = 16, /* at a name, and in a request */
    CHALLENGE_TTL_S = 1,       /* the next value must not wait for caches */
    CHALLENGE_LIFE_S = 3600,   /* of a value, unless the request says otherwise */
    CHALLENGE_LIFE_MAX_S = 86400,
    CHALLENGE_TOKEN_MAX = 128, /* characters in the name of a file */
};

/* Whether the text can be the TXT value of a challenge. */
bool challenge_is_value(struct str text);
/* The value for a key authorization (8.1). */
void challenge_value(struct str key_authorization, char out[DIGEST_SHA256_TEXT_SIZE]);
/* Whether the text can be the name of a challenge's file. */
bool challenge_is_token(struct str text);
/* The name that has the values of `host`. ERR_LIMIT: it would be too long. */
MUST_CHECK enum status challenge_name(const struct name *host, struct name *out);
/* The host in a text that names it, or the name of its values. */
struct str challenge_host(struct str text);
