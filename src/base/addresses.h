// SPDX-License-Identifier: GPL-3.0-or-later
/* addresses.h - the addresses of one name, the usual one of each family first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

enum {
    ADDRESSES_MAX = 8 /* of one family */
};

struct address_list {
    struct ip at[ADDRESSES_MAX];
    size_t count;
};

struct addresses {
    struct address_list v4, v6;
};

/* The list of a family, which is IP_V4 or IP_V6. */
struct address_list *addresses_of_family(struct addresses *addresses, uint8_t family);
/* Appends. ERR_LIMIT: the list is full. */
MUST_CHECK enum status addresses_add(struct addresses *addresses, struct ip ip);

/* The usual address; IP_NONE where there is none. */
struct ip address_list_usual(const struct address_list *list);
bool address_list_has(const struct address_list *list, struct ip ip);

/* How many there are of both families. */
size_t addresses_count(const struct addresses *addresses);
/* Of all of them, IPv4 first, the one with this number, which is below the count. */
struct ip addresses_get(const struct addresses *addresses, size_t number);
/* Whether a family has more than its usual address. */
bool addresses_are_several(const struct addresses *addresses);
/* The same addresses, in whatever order. */
bool addresses_equal(const struct addresses *a, const struct addresses *b);
