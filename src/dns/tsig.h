// SPDX-License-Identifier: GPL-3.0-or-later
/* tsig.h - messages signed with a shared secret (RFC 8945).
 *
 * A `struct tsig` is one exchange: a request and the reply, or replies, to it. All times are
 * those of the system's clock; a signature is good for TSIG_FUDGE_S around its time. Nothing
 * is remembered between exchanges: who repeats a signed request within that time gets the
 * same reply again, which is why only questions and NOTIFY are signed here.
 *
 * As the one who asks:
 *     tsig_sign_request(&tsig, &key, wire, &n, sizeof(wire), &err), then for the reply
 *     tsig_check_reply(&tsig, wire, n) == TSIG_GOOD
 * As the one who answers:
 *     tsig_check_request(&tsig, keys, count, wire, n), and for each message of the reply
 *     tsig_sign_reply(&tsig, wire, &n, size) */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "dns/name.h"

enum {
    TSIG_SECRET_MIN = 16, /* bytes; less can be guessed */
    TSIG_SECRET_SIZE = 128,
    TSIG_MAC_SIZE = 64,       /* of the longest algorithm */
    TSIG_KEY_NAME_SIZE = 100, /* so that a reply of 512 bytes can be signed */
    TSIG_ROOM = 210,          /* what a signature by one of our keys needs at most */
    TSIG_FUDGE_S = 300,
};

/* hmac-md5 and hmac-sha1 are refused. */
enum tsig_algorithm {
    TSIG_HMAC_SHA256,
    TSIG_HMAC_SHA384,
    TSIG_HMAC_SHA512
};

struct tsig_key {
    struct name name;
    enum tsig_algorithm algorithm;
    size_t secret_n;
    uint8_t secret[TSIG_SECRET_SIZE];
};

/* `algorithm` as "hmac-sha256" in any case, `secret` in base64, blanks around it allowed.
 * ERR_SYNTAX, ERR_LIMIT (name or secret too short or long); the text never holds the
 * secret. */
MUST_CHECK enum status tsig_key_parse(struct str name, struct str algorithm,
                                      struct str secret, struct tsig_key *out,
                                      struct error *err);

enum tsig_verdict {
    TSIG_NONE, /* not signed */
    TSIG_GOOD, /* signed by tsig->key, now, and unchanged */
    TSIG_BAD, /* unknown key, wrong signature or time: NOTAUTH, and tsig->error says why */
    TSIG_BROKEN, /* not a message with one TSIG record, its last: FORMERR */
};

/* Values of tsig->error. */
enum tsig_error {
    TSIG_BADSIG = 16,
    TSIG_BADKEY = 17,
    TSIG_BADTIME = 18,
    TSIG_BADTRUNC = 22,
};

struct tsig {
    const struct tsig_key *key; /* borrowed; NULL: nothing is signed */
    bool continued;             /* a message of the reply was signed */
    uint16_t error;             /* enum tsig_error, 0: none */
    uint64_t time_s;            /* as the request says */
    size_t mac_n;
    uint8_t mac[TSIG_MAC_SIZE]; /* of the message before */
    /* What a request says that we cannot check; repeated in the unsigned reply. */
    struct name key_name, algorithm;
};

/* Appends a signature to the message of *n bytes in `wire`, which has `size` bytes. ERR_LIMIT:
 * no room, or a key without a secret. The key must live as long as the exchange. */
MUST_CHECK enum status tsig_sign_request(struct tsig *tsig, const struct tsig_key *key,
                                         uint8_t *wire, size_t *n, size_t size,
                                         struct error *err);
/* Whether a reply is the one to the request that was signed. Anything but TSIG_GOOD must not
 * be believed. A reply of one message only. */
MUST_CHECK enum tsig_verdict tsig_check_reply(struct tsig *tsig, const uint8_t *wire,
                                              size_t n);

/* Begins an exchange with a request; `wire` is a whole message. The keys are `count` of
 * them; they must live as long as the exchange. */
MUST_CHECK enum tsig_verdict tsig_check_request(struct tsig *tsig,
                                                const struct tsig_key *keys, size_t count,
                                                const uint8_t *wire, size_t n);
/* Bytes that tsig_sign_reply() may add to a message. */
size_t tsig_room(const struct tsig *tsig);
/* Appends what the reply needs to the message of *n bytes in `wire`, which has `size` bytes:
 * a signature after TSIG_GOOD, the error after TSIG_BAD, nothing otherwise. To be called for
 * each message of a reply, in order. ERR_LIMIT: no room. */
MUST_CHECK enum status tsig_sign_reply(struct tsig *tsig, uint8_t *wire, size_t *n,
                                       size_t size);
