// SPDX-License-Identifier: GPL-3.0-or-later
/* addresses.h - the addresses of one name. The usual one of each family comes first. */
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
/* Appends the address to its family's list. ERR_LIMIT: the list is full. */
MUST_CHECK enum status addresses_add(struct addresses *addresses, struct ip ip);

/* The usual address; IP_NONE: the list is empty. */
struct ip address_list_usual(const struct address_list *list);
bool address_list_has(const struct address_list *list, struct ip ip);

/* How many addresses both families have together. */
size_t addresses_count(const struct addresses *addresses);
/* The address with this number, from 0 to below addresses_count(). IPv4 addresses come first. */
struct ip addresses_get(const struct addresses *addresses, size_t number);
/* Whether a family has more than its usual address. */
bool addresses_are_several(const struct addresses *addresses);
/* Whether both hold the same addresses; their order does not count. */
bool addresses_equal(const struct addresses *a, const struct addresses *b);
