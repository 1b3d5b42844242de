// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/base64.h"

#include <sodium.h>

enum {
    VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
    GROUP_BYTES = 3,
    GROUP_LETTERS = 4
};

/* Group by group, as libsodium ends what it writes with a zero byte. */
void base64_put(struct str bytes, struct buf *out)
{
    for (size_t at = 0; at < bytes.n; at += GROUP_BYTES) {
        char group[GROUP_LETTERS + 1];
        struct str piece = str_first(str_from_at(bytes, at), GROUP_BYTES);
        (void)sodium_bin2base64(group, sizeof(group), (const unsigned char *)piece.at,
                                piece.n, VARIANT);
        buf_put_text(out, group);
    }
}

enum status base64_read(struct str text, struct buf *out)
{
    size_t n = text.n / GROUP_LETTERS * GROUP_BYTES +
               text.n % GROUP_LETTERS * GROUP_BYTES / GROUP_LETTERS;
    const char *end = NULL;
    if (out->full || n > out->size - out->n)
        return ERR_LIMIT;
    if (text.n == 0)
        return OK;
    int failed =
        sodium_base642bin(out->at + out->n, n, text.at, text.n, NULL, &n, &end, VARIANT);
    if (failed || end != text.at + text.n)
        return ERR_SYNTAX;
    out->n += n;
    return OK;
}
