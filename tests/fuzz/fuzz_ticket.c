// SPDX-License-Identifier: GPL-3.0-or-later
/* A file of tickets' secrets is taken whole or not at all, and what is written is read again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "tls/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ticket_secret zeros;
    struct ticket_secret secret = zeros, again = zeros;
    if (ticket_secret_parse(str_bytes(data, size), &secret)) {
        assert(memcmp(&secret, &zeros, sizeof(secret)) == 0);
        return 0;
    }
    assert(secret.epoch >= 0 && secret.epoch <= INT32_MAX);
    char storage[TICKET_TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    ticket_secret_format(&secret, &text);
    assert(!text.full);
    enum status status = ticket_secret_parse(buf_str(&text), &again);
    assert(status == OK && again.epoch == secret.epoch);
    assert(memcmp(again.bytes, secret.bytes, sizeof(secret.bytes)) == 0);
    return 0;
}
