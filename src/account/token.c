// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/token.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"

enum {
    BITS_PER_CHAR = 5,
    LONG_BYTES = 15,  /* 120 bits */
    SHORT_BYTES = 10, /* 80 bits */
    LONG_CHARS = LONG_BYTES * 8 / BITS_PER_CHAR,
    SHORT_CHARS = SHORT_BYTES * 8 / BITS_PER_CHAR,
    /* Hints are shown for ever, so the rest of the secret must be long enough. */
    LONG_HINT = 8,
    SHORT_HINT = 4,
};

/* 32 of the 36 letters and digits. i, l, o and u are missing, so that 1 and 0 cannot be
 * mistaken. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

#define PREFIX_TEXT "rv_"

void token_make(bool short_form, char out[TOKEN_TEXT_SIZE])
{
    uint8_t bytes[LONG_BYTES];
    random_fill(bytes, sizeof(bytes));
    size_t chars = short_form ? SHORT_CHARS : LONG_CHARS;
    struct buf text = buf_on(out, TOKEN_TEXT_SIZE);
    buf_put_text(&text, PREFIX_TEXT);
    for (size_t i = 0; i < chars; i++) {
        /* Takes five bits, from bit 5 * i on. A second byte is read only if it is needed. */
        size_t bit = i * BITS_PER_CHAR;
        unsigned pair = (unsigned)bytes[bit / 8] << 8;
        if (bit % 8 > 8 - BITS_PER_CHAR)
            pair |= bytes[bit / 8 + 1];
        buf_put_u8(&text,
                   (uint8_t)alphabet[pair >> (16 - BITS_PER_CHAR - bit % 8) & 31U]);
    }
    (void)buf_text(&text);
    mem_wipe(bytes, sizeof(bytes));
}

/* Whether the byte is in `alphabet`. It is called for each letter of each secret that comes in. */
static bool is_in_alphabet(char c)
{
    return char_is_digit(c) ||
           (c >= 'a' && c <= 'z' && c != 'i' && c != 'l' && c != 'o' && c != 'u');
}

bool token_is_formed(struct str text)
{
    if (!str_starts(text, STR(PREFIX_TEXT)))
        return false;
    struct str rest = str_from_at(text, sizeof(PREFIX_TEXT) - 1);
    if (rest.n != LONG_CHARS && rest.n != SHORT_CHARS)
        return false;
    for (size_t i = 0; i < rest.n; i++)
        if (!is_in_alphabet(rest.at[i]))
            return false;
    return true;
}

struct digest token_digest(const struct keys *keys, struct str secret)
{
    return digest_keyed(keys->pepper, secret);
}

void token_describe(const struct keys *keys, struct str secret, struct token_row *row)
{
    struct str rest = str_from_at(secret, sizeof(PREFIX_TEXT) - 1);
    row->weak = rest.n < LONG_CHARS;
    row->digest = token_digest(keys, secret);
    row->key_version = keys->pepper_version;
    struct buf hint = BUF_ON(row->hint);
    buf_put(&hint, str_first(rest, row->weak ? SHORT_HINT : LONG_HINT));
    (void)buf_text(&hint);
}

static bool network_has(const struct token_row *token, struct ip source)
{
    for (size_t i = 0; i < token->network_count; i++)
        if (prefix_has(token->networks[i], source))
            return true;
    return token->network_count == 0;
}

enum token_verdict token_judge(const struct token_row *token, unsigned right,
                               struct ip source, int64_t now_s)
{
    if (token->expires_s && now_s >= token->expires_s)
        return TOKEN_EXPIRED;
    if (!network_has(token, source))
        return TOKEN_WRONG_NETWORK;
    return (token->rights & right) == right ? TOKEN_OK : TOKEN_NO_RIGHT;
}

bool token_has_host(const struct token_row *token, int64_t host_id)
{
    for (size_t i = 0; i < token->host_count; i++)
        if (token->host_ids[i] == host_id)
            return true;
    return false;
}

struct json *token_networks_json(const struct token_row *token)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < token->network_count; i++) {
        char storage[PREFIX_TEXT_SIZE];
        struct buf text = BUF_ON(storage);
        prefix_format(token->networks[i], &text);
        json_append(list, json_new_string(buf_str(&text)));
    }
    return list;
}
