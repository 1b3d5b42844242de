// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/challenge.h"

#include <assert.h>

#define LABEL "_acme-challenge"

static bool is_base64url(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        if (!char_is_alpha(c) && !char_is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return true;
}

bool challenge_is_value(struct str text)
{
    return text.n == CHALLENGE_VALUE_SIZE && is_base64url(text);
}

void challenge_value(struct str key_authorization, char out[DIGEST_SHA256_TEXT_SIZE])
{
    static_assert(CHALLENGE_VALUE_SIZE + 1 == DIGEST_SHA256_TEXT_SIZE, "the same text");
    digest_sha256_text(key_authorization, out);
}

bool challenge_is_token(struct str text)
{
    return text.n > 0 && text.n <= CHALLENGE_TOKEN_MAX && is_base64url(text);
}

enum status challenge_name(const struct name *host, struct name *out)
{
    return name_prepend(STR(LABEL), host, out);
}

struct str challenge_host(struct str text)
{
    struct str label = STR(LABEL ".");
    return str_equal_any_case(str_first(text, label.n), label)
               ? str_from_at(text, label.n)
               : text;
}
