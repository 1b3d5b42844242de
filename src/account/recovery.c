// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/recovery.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/random.h"

enum {
    CHARS = 16, /* of five bits */
    GROUP = 4,
    INPUT_MAX = 40 /* letters of a code that count, with what stands between them */
};

/* Without letters and digits that look alike, as those of tokens. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void recovery_make(char out[RECOVERY_TEXT_SIZE])
{
    struct buf text = buf_on(out, RECOVERY_TEXT_SIZE);
    for (size_t i = 0; i < CHARS; i++) {
        if (i && i % GROUP == 0)
            buf_put_u8(&text, '-');
        buf_put_u8(&text, (uint8_t)alphabet[random_below(sizeof(alphabet) - 1)]);
    }
    (void)buf_text(&text);
}

struct digest recovery_digest(const struct keys *keys, int64_t account_id,
                              struct str code)
{
    uint8_t storage[64];
    struct buf message = BUF_ON(storage);
    buf_printf(&message, "recovery %lld ", (long long)account_id);
    for (size_t i = 0; i < code.n && i < INPUT_MAX; i++)
        if (char_is_alpha(code.at[i]) || char_is_digit(code.at[i]))
            buf_put_u8(&message, (uint8_t)char_lower(code.at[i]));
    struct digest digest = digest_keyed(keys->pepper, buf_str(&message));
    mem_wipe(storage, sizeof(storage));
    return digest;
}
