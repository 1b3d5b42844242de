// SPDX-License-Identifier: GPL-3.0-or-later
/* Credentials that were read are read again from their own Base64. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_base64(struct buf *out, struct str text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789+/";
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.n; i++) {
        bits = (bits << 8 | (uint8_t)text.at[i]) & 0xffff;
        for (have += 8; have >= 6; have -= 6)
            buf_put_u8(out, (uint8_t)letters[bits >> (have - 6) & 63]);
    }
    if (have > 0)
        buf_put_u8(out, (uint8_t)letters[bits << (6 - have) & 63]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 8192)
        return 0; /* no field is longer */
    struct arena *arena = arena_new(4096);
    struct str user = { 0 }, password = { 0 };
    if (http_basic_parse(str_bytes(data, size), arena, &user, &password) == OK) {
        assert(str_find(user, ':') == user.n);
        assert(password.at == user.at + user.n + 1); /* one text, cut at the colon */
        static char bytes[12000];
        struct buf out = BUF_ON(bytes);
        buf_put_text(&out, "Basic ");
        put_base64(&out, (struct str){ user.at, user.n + 1 + password.n });
        assert(!out.full);
        struct str user_again = { 0 }, password_again = { 0 };
        enum status status =
            http_basic_parse(buf_str(&out), arena, &user_again, &password_again);
        assert(status == OK);
        assert(str_equal(user, user_again));
        assert(str_equal(password, password_again));
    }
    arena_free(arena);
    return 0;
}
