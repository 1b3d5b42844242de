// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever a request says of its signature, the reply can be signed, or tell the error, within
 * the room that was asked for; and nothing that was not made with the key is believed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "dns/tsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_as_request(const struct tsig_key *key, const uint8_t *data, size_t size)
{
    static const uint8_t header[MESSAGE_HEADER_SIZE] = { 0x12, 0x34, 0x80 };
    uint8_t reply[MESSAGE_UDP_EDNS];
    struct tsig tsig;
    enum tsig_verdict verdict = tsig_check_request(&tsig, key, 1, data, size);
    assert((verdict == TSIG_BAD) == (tsig.error != 0));
    assert(tsig.key == NULL || verdict == TSIG_GOOD || tsig.error == TSIG_BADTIME);
    size_t n = sizeof(header), room = tsig_room(&tsig);
    memcpy(reply, header, n);
    enum status status = tsig_sign_reply(&tsig, reply, &n, sizeof(header) + room);
    assert(status == OK && n <= sizeof(header) + room);
    assert((n > sizeof(header)) == (tsig.key || tsig.error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tsig_key key;
    if (key.secret_n == 0 &&
        tsig_key_parse(STR("transfer.example.org"), STR("hmac-sha256"),
                       STR("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), &key, NULL))
        abort();
    uint8_t *exact = (uint8_t *)malloc(size ? size : 1);
    assert(exact);
    memcpy(exact, data, size);
    check_as_request(&key, exact, size);

    struct tsig client = { .key = &key, .mac_n = TSIG_MAC_SIZE };
    assert(tsig_check_reply(&client, exact, size) != TSIG_GOOD);
    assert(memcmp(exact, data, size) == 0);
    free(exact);
    return 0;
}
