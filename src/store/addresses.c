// SPDX-License-Identifier: GPL-3.0-or-later
/* The addresses of a host as bytes of the journal. */
#include "store/tables.h"

static void encode_family(const struct address_list *list, struct buf *out)
{
    buf_put_u8(out, (uint8_t)list->count);
    for (size_t i = 0; i < list->count; i++)
        buf_put(out, ip_bytes(&list->at[i]));
}

void store_addresses_encode(const struct addresses *addresses, struct buf *out)
{
    encode_family(&addresses->v4, out);
    encode_family(&addresses->v6, out);
}

/* An IPv4 address in the form of an IPv6 one has no place among the IPv6 ones: there is
 * only one way to write a set of addresses. */
static enum status decode_family(struct str *rest, enum ip_family family,
                                 struct address_list *out)
{
    size_t size = family == IP_V4 ? 4 : 16;
    if (!rest->n)
        return ERR_SYNTAX;
    size_t count = (uint8_t)rest->at[0];
    *rest = str_from_at(*rest, 1);
    if (count > ADDRESSES_MAX || rest->n < count * size)
        return ERR_SYNTAX;
    for (size_t i = 0; i < count; i++) {
        if (ip_from_bytes(str_first(*rest, size), &out->at[i]) ||
            out->at[i].family != family)
            return ERR_SYNTAX;
        *rest = str_from_at(*rest, size);
    }
    out->count = count;
    return OK;
}

enum status store_addresses_decode(struct str bytes, struct addresses *out)
{
    struct addresses addresses = { 0 };
    struct str rest = bytes;
    if (decode_family(&rest, IP_V4, &addresses.v4) ||
        decode_family(&rest, IP_V6, &addresses.v6) || rest.n)
        return ERR_SYNTAX;
    *out = addresses;
    return OK;
}
