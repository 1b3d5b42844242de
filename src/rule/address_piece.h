// SPDX-License-Identifier: GPL-3.0-or-later
/* address_piece.h - what one piece of a value is, all by itself. Part of the rule (address.h). */
#pragma once

#include "rule/address.h"

enum piece_kind {
    PIECE_INVALID,
    PIECE_ABSENT,
    PIECE_ADDRESS, /* `ip`; with has_prefix it carried a length for followers too */
    PIECE_PREFIX,
    PIECE_INTERFACE, /* `ip` is the part behind a prefix: its first 48 bits are zero */
};

struct piece {
    enum piece_kind kind;
    enum rule_why why; /* of PIECE_INVALID */
    struct ip ip;      /* also of PIECE_INVALID, where it could be read */
    bool has_prefix;
    struct prefix prefix; /* zeros after its length */
};

enum {
    INTERFACE_AT = 8, /* the interface id's first byte within an address */
    SUBNET_AT = 6,    /* the subnet number's, when the prefix is the shortest one */
};

struct piece piece_judge(struct str text, bool is_prefix, bool private_allowed);

/* Whether DNS may have the address. */
bool piece_is_publishable(struct ip ip, bool private_allowed);
/* Whether a prefix may have the length. */
bool piece_is_for_followers(uint8_t length);
