// SPDX-License-Identifier: GPL-3.0-or-later
/* tsig.h - messages signed with a shared secret (RFC 8945).
 *
 * A `struct tsig` is one exchange: a request and the messages of its reply. Times are those of the
 * system's clock; a signature is valid for TSIG_FUDGE_S before and after its time. Nothing is
 * remembered between exchanges, so a signed request can be repeated within that time. That is why
 * only questions and NOTIFY are signed here.
 *
 * A client calls:
 *     tsig_sign_request(&tsig, &key, wire, &n, sizeof(wire), &err), then for the reply
 *     tsig_check_reply(&tsig, wire, n) == TSIG_GOOD
 * A server calls:
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
    TSIG_SECRET_MIN = 16, /* bytes; a shorter one could be guessed */
    TSIG_SECRET_SIZE = 128,
    TSIG_MAC_SIZE = 64,       /* of the longest algorithm */
    TSIG_KEY_NAME_SIZE = 100, /* so that a reply of 512 bytes can be signed */
    TSIG_ROOM = 210, /* the most bytes that a signature by one of our keys needs */
    TSIG_FUDGE_S = 300,
};

/* Others, such as hmac-md5 and hmac-sha1, are refused. */
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

/* Reads a key. `algorithm` is a word such as "hmac-sha256", in any case. `secret` is base64, and
 * may have blanks around it. ERR_SYNTAX. ERR_LIMIT: the name or the secret is too short or too
 * long. `err` never holds the secret. */
MUST_CHECK enum status tsig_key_parse(struct str name, struct str algorithm,
                                      struct str secret, struct tsig_key *out,
                                      struct error *err);

enum tsig_verdict {
    TSIG_NONE, /* not signed */
    TSIG_GOOD, /* signed by tsig->key at about this time, and unchanged */
    TSIG_BAD, /* unknown key, wrong signature or time: NOTAUTH; tsig->error is the reason */
    TSIG_BROKEN, /* its last record is not its one TSIG record: FORMERR */
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
    bool continued;             /* a message of the reply is signed already */
    uint16_t error;             /* enum tsig_error, 0: none */
    uint64_t time_s;            /* of the request */
    size_t mac_n;
    uint8_t mac[TSIG_MAC_SIZE]; /* of the message before */
    /* Of a request that we cannot check: the unsigned reply repeats them. */
    struct name key_name, algorithm;
};

/* Begins an exchange: signs the request, whose *n bytes are in `wire`, which has room for `size`.
 * The key must live as long as the exchange. ERR_LIMIT: there is no room, or the key has no
 * secret. */
MUST_CHECK enum status tsig_sign_request(struct tsig *tsig, const struct tsig_key *key,
                                         uint8_t *wire, size_t *n, size_t size,
                                         struct error *err);
/* Checks that a reply of one message belongs to the request that was signed. The caller must ignore
 * a reply that is not TSIG_GOOD. */
MUST_CHECK enum tsig_verdict tsig_check_reply(struct tsig *tsig, const uint8_t *wire,
                                              size_t n);

/* Begins an exchange: checks the request in `wire`, a whole message, against the `count` keys. They
 * must live as long as the exchange. */
MUST_CHECK enum tsig_verdict tsig_check_request(struct tsig *tsig,
                                                const struct tsig_key *keys, size_t count,
                                                const uint8_t *wire, size_t n);
/* The most bytes that tsig_sign_reply() adds to a message. */
size_t tsig_room(const struct tsig *tsig);
/* Appends what the reply needs to a message, whose *n bytes are in `wire`, which has room for
 * `size`: a signature after TSIG_GOOD, the error after TSIG_BAD, otherwise nothing. Is called for
 * each message of the reply, in order. ERR_LIMIT: there is no room. */
MUST_CHECK enum status tsig_sign_reply(struct tsig *tsig, uint8_t *wire, size_t *n,
                                       size_t size);
