// SPDX-License-Identifier: GPL-3.0-or-later
/* token.h - the secrets of hosts: their form, their digests, and what a token may do.
 *
 * A secret is "rv_" and 24 letters of lower-case base32 without look-alikes (120 bits), or 16
 * letters (80 bits) for devices that cut passwords. No letter needs escaping in a URL, a shell or a
 * router's form. The database stores only a keyed digest, so the look-up is the comparison. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "account/keys.h"
#include "base/ip.h"
#include "store/rows.h"

struct json;

enum {
    TOKEN_TEXT_SIZE = 32 /* the longest secret with a zero byte */
};

/* A new secret from the system's random source. */
void token_make(bool short_form, char out[TOKEN_TEXT_SIZE]);
/* Whether the text has the form of a token: a cheap test before a look-up. */
bool token_is_formed(struct str text);
/* The digest under which the token is stored. */
struct digest token_digest(const struct keys *keys, struct str secret);
/* Fills hint, digest, key_version and weak of `row` from the secret. */
void token_describe(const struct keys *keys, struct str secret, struct token_row *row);

enum token_verdict {
    TOKEN_OK,
    TOKEN_EXPIRED,
    TOKEN_WRONG_NETWORK,
    TOKEN_NO_RIGHT,
};
/* Whether a token may act now, from `source`, with the right `right`. Pure. */
enum token_verdict token_judge(const struct token_row *token, unsigned right,
                               struct ip source, int64_t now_s);
/* Whether the host is on the token's list. Pure. */
bool token_has_host(const struct token_row *token, int64_t host_id);
/* The networks it may be used from, as a list of texts, which the caller frees. */
struct json *token_networks_json(const struct token_row *token);
