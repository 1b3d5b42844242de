// SPDX-License-Identifier: GPL-3.0-or-later
/* An address, a prefix and an endpoint that can be read are written in a form that reads as
 * the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_bytes(data, size);
    struct ip ip, again;
    if (ip_parse(text, &ip) == OK) {
        enum status status = ip_parse(str_from(ip_text(ip)), &again);
        assert(status == OK && ip_equal(ip, again));
        status = ip_from_bytes(ip_bytes(&ip), &again);
        assert(status == OK && ip_equal(ip, again));
        assert(ip_kind(ip) == ip_kind(again));
    }

    struct prefix prefix, same;
    if (prefix_parse(text, &prefix) == OK) {
        char storage[PREFIX_TEXT_SIZE];
        struct buf out = BUF_ON(storage);
        prefix_format(prefix, &out);
        enum status status = prefix_parse(buf_str(&out), &same);
        assert(!out.full && status == OK && ip_equal(prefix.ip, same.ip));
        assert(prefix.length == same.length && prefix_has(prefix, prefix.ip));
    }

    uint16_t port = 0;
    if (ip_parse_endpoint(text, &ip, &port) == OK) {
        struct sockaddr_storage address;
        uint16_t port_again = 0;
        (void)ip_to_sockaddr(ip, port, &address);
        again = ip_from_sockaddr(&address, &port_again);
        assert(ip_equal(ip, again) && port == port_again);
    }
    return 0;
}
