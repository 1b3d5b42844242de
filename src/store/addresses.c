// SPDX-License-Identifier: GPL-3.0-or-later
/* The addresses of a host as bytes of the journal. */
#include "store/tables.h"

static void encode_family(const struct ip *ips, size_t count, struct buf *out)
{
    buf_put_u8(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++)
        buf_put(out, ip_bytes(&ips[i]));
}

void store_addresses_encode(const struct host_addresses *addresses, struct buf *out)
{
    encode_family(addresses->v4, addresses->v4_count, out);
    encode_family(addresses->v6, addresses->v6_count, out);
}

/* An IPv4 address in the form of an IPv6 one has no place among the IPv6 ones: there is
 * only one way to write a set of addresses. */
static enum status decode_family(struct str *rest, enum ip_family family, struct ip *ips,
                                 size_t *count_out)
{
    size_t size = family == IP_V4 ? 4 : 16;
    if (!rest->n)
        return ERR_SYNTAX;
    size_t count = (uint8_t)rest->at[0];
    *rest = str_from_at(*rest, 1);
    if (count > HOST_ADDRESSES_MAX || rest->n < count * size)
        return ERR_SYNTAX;
    for (size_t i = 0; i < count; i++) {
        if (ip_from_bytes(str_first(*rest, size), &ips[i]) || ips[i].family != family)
            return ERR_SYNTAX;
        *rest = str_from_at(*rest, size);
    }
    *count_out = count;
    return OK;
}

enum status store_addresses_decode(struct str bytes, struct host_addresses *out)
{
    struct host_addresses addresses = { 0 };
    struct str rest = bytes;
    if (decode_family(&rest, IP_V4, addresses.v4, &addresses.v4_count) ||
        decode_family(&rest, IP_V6, addresses.v6, &addresses.v6_count) || rest.n)
        return ERR_SYNTAX;
    *out = addresses;
    return OK;
}
