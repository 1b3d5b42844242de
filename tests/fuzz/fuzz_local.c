// SPDX-License-Identifier: GPL-3.0-or-later
/* A packet is a message exactly when it is its own head and all of its body. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "net/local.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str packet = str_bytes(data, size), body = { 0 };
    uint16_t type = 0;
    if (local_decode(packet, &type, &body)) {
        assert(!body.at && type == 0);
        return 0;
    }
    assert(body.at == packet.at + 8 && body.n == size - 8);
    assert(body.n <= LOCAL_BODY_MAX);
    assert(data[0] == 'R' && data[1] == 'V' && data[2] == 1);
    assert(type == (data[3] | data[4] << 8));
    assert(body.n == ((size_t)data[5] | (size_t)data[6] << 8 | (size_t)data[7] << 16));
    return 0;
}
