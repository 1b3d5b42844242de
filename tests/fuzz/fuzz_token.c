// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever the bytes are, what counts as a token is safe to put into a URL or a shell. */
#include <assert.h>
#include <stdint.h>

#include "account/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct keys keys = { .pepper = { 1 }, .pepper_version = 1 };
    struct str text = str_bytes(data, size);
    if (!token_is_formed(text))
        return 0;
    assert(size < TOKEN_TEXT_SIZE);
    for (size_t i = 0; i < size; i++)
        assert(char_is_alpha(text.at[i]) || char_is_digit(text.at[i]) ||
               text.at[i] == '_');
    struct token_row row = { .id = 0 };
    token_describe(&keys, text, &row);
    assert(row.weak == (size == 19));
    assert(digest_equal(row.digest, token_digest(&keys, text)));
    return 0;
}
