// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/unsubscribe.h"

#include "base/buf.h"
#include "base/reader.h"

enum {
    NAMED_SIZE = 8 + 1,
    BYTES = NAMED_SIZE + DIGEST_SIZE
};

/* The key is for other things, too: the first words keep their digests apart. */
static struct digest digest_of(const struct keys *keys, struct str named)
{
    uint8_t storage[64];
    struct buf message = BUF_ON(storage);
    buf_put_text(&message, "mail unsubscribe 1 ");
    buf_put(&message, named);
    return digest_keyed(keys->seal, buf_str(&message));
}

void unsubscribe_make(const struct keys *keys, int64_t account_id, enum post_kind kind,
                      char out[UNSUBSCRIBE_SIZE])
{
    uint8_t storage[BYTES];
    struct buf bytes = BUF_ON(storage), text = buf_on(out, UNSUBSCRIBE_SIZE);
    buf_put_u64(&bytes, (uint64_t)account_id);
    buf_put_u8(&bytes, (uint8_t)kind);
    struct digest digest = digest_of(keys, buf_str(&bytes));
    buf_put(&bytes, digest_bytes(&digest));
    buf_put_hex(&text, buf_str(&bytes));
    (void)buf_text(&text);
}

bool unsubscribe_read(const struct keys *keys, struct str token, int64_t *account_id,
                      enum post_kind *kind)
{
    uint8_t bytes[BYTES];
    if (token.n != (size_t)2 * BYTES || str_from_hex(token, bytes, BYTES))
        return false;
    struct digest digest = digest_of(keys, str_bytes(bytes, NAMED_SIZE));
    if (!secret_equal(digest_bytes(&digest), str_bytes(bytes + NAMED_SIZE, DIGEST_SIZE)))
        return false;
    struct reader in = reader_on(str_bytes(bytes, NAMED_SIZE));
    uint64_t id = reader_u64(&in);
    uint8_t number = reader_u8(&in);
    if (id == 0 || id > INT64_MAX || number >= POST_KINDS ||
        !post_traits[number].can_be_off)
        return false;
    *account_id = (int64_t)id;
    *kind = (enum post_kind)number;
    return true;
}
