// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as the addresses of a journal row: what is taken is written the same again. */
#include <assert.h>
#include <string.h>

#include "store/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct addresses addresses;
    if (store_addresses_decode(str_bytes(data, size), &addresses))
        return 0;
    assert(addresses.v4.count <= ADDRESSES_MAX);
    assert(addresses.v6.count <= ADDRESSES_MAX);
    struct change_row row;
    struct buf bytes = BUF_ON(row.before);
    store_addresses_encode(&addresses, &bytes);
    assert(!bytes.full);
    assert(str_equal(buf_str(&bytes), str_bytes(data, size)));
    return 0;
}
