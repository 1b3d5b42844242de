// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/secret.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/random.h"

void secret_make(char out[SECRET_TEXT_SIZE])
{
    uint8_t bytes[SECRET_SIZE];
    struct buf text = buf_on(out, SECRET_TEXT_SIZE);
    random_fill(bytes, sizeof(bytes));
    buf_put_hex(&text, str_bytes(bytes, sizeof(bytes)));
    (void)buf_text(&text);
    mem_wipe(bytes, sizeof(bytes));
}

/* The word keeps what is made for one use from being taken for another. */
static struct digest digest_for(const struct keys *keys, const char *use,
                                struct str secret)
{
    uint8_t storage[2 * SECRET_TEXT_SIZE];
    struct buf message = BUF_ON(storage);
    buf_put_text(&message, use);
    buf_put_u8(&message, ' ');
    /* What is longer than a secret is none: any digest does. */
    buf_put(&message, str_first(secret, SECRET_TEXT_SIZE));
    struct digest digest = digest_keyed(keys->pepper, buf_str(&message));
    mem_wipe(storage, sizeof(storage));
    return digest;
}

struct digest secret_digest(const struct keys *keys, enum secret_kind kind,
                            struct str secret)
{
    return digest_for(keys, kind == SECRET_SESSION ? "session" : "link", secret);
}

void secret_csrf(const struct keys *keys, struct digest session, char out[CSRF_TEXT_SIZE])
{
    struct digest digest = digest_for(keys, "csrf", digest_bytes(&session));
    struct buf text = buf_on(out, CSRF_TEXT_SIZE);
    buf_put_hex(&text, digest_bytes(&digest));
    (void)buf_text(&text);
}
