// SPDX-License-Identifier: GPL-3.0-or-later
/* A PROXY head has one verdict: it does not depend on what follows the head, and each cut of
 * a good one asks for more. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "net/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2UL * PROXY_HEAD_MAX)
        return 0;
    struct str bytes = str_bytes(data, size);
    struct proxy_head head = { 0 }, again = { 0 };
    enum status status = proxy_head_parse(bytes, &head);
    assert(status == OK || status == ERR_NOT_FOUND || status == ERR_SYNTAX);
    if (status == ERR_NOT_FOUND)
        assert(size < PROXY_HEAD_MAX);
    if (status != OK)
        return 0;
    assert(head.size >= 15 && head.size <= size && head.size <= PROXY_HEAD_MAX);
    assert(head.local == (head.source.family == IP_NONE));
    enum status whole = proxy_head_parse(str_first(bytes, head.size), &again);
    assert(whole == OK && again.size == head.size);
    assert(again.local == head.local && ip_equal(again.source, head.source));
    for (size_t n = 0; n < head.size; n++) {
        enum status part = proxy_head_parse(str_first(bytes, n), &again);
        assert(part == ERR_NOT_FOUND);
    }
    return 0;
}
