// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/addresses.h"

#include <assert.h>

struct address_list *addresses_of_family(struct addresses *addresses, uint8_t family)
{
    assert(family == IP_V4 || family == IP_V6);
    return family == IP_V4 ? &addresses->v4 : &addresses->v6;
}

enum status addresses_add(struct addresses *addresses, struct ip ip)
{
    struct address_list *list = addresses_of_family(addresses, ip.family);
    if (list->count == ADDRESSES_MAX)
        return ERR_LIMIT;
    list->at[list->count++] = ip;
    return OK;
}

struct ip address_list_usual(const struct address_list *list)
{
    return list->count ? list->at[0] : (struct ip){ .family = IP_NONE };
}

bool address_list_has(const struct address_list *list, struct ip ip)
{
    for (size_t i = 0; i < list->count; i++)
        if (ip_equal(list->at[i], ip))
            return true;
    return false;
}

size_t addresses_count(const struct addresses *addresses)
{
    return addresses->v4.count + addresses->v6.count;
}

struct ip addresses_get(const struct addresses *addresses, size_t number)
{
    assert(number < addresses_count(addresses));
    size_t v4 = addresses->v4.count;
    return number < v4 ? addresses->v4.at[number] : addresses->v6.at[number - v4];
}

bool addresses_are_several(const struct addresses *addresses)
{
    return addresses->v4.count > 1 || addresses->v6.count > 1;
}

static bool has_all(const struct address_list *list, const struct address_list *others)
{
    for (size_t i = 0; i < others->count; i++)
        if (!address_list_has(list, others->at[i]))
            return false;
    return true;
}

static bool list_equal(const struct address_list *a, const struct address_list *b)
{
    return a->count == b->count && has_all(a, b) && has_all(b, a);
}

bool addresses_equal(const struct addresses *a, const struct addresses *b)
{
    return list_equal(&a->v4, &b->v4) && list_equal(&a->v6, &b->v6);
}
