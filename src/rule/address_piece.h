// SPDX-License-Identifier: GPL-3.0-or-later
/* address_piece.h - judges one piece of a value by itself. Part of the rule (address.h). */
#pragma once

#include "rule/address.h"

enum piece_kind {
    PIECE_INVALID,
    PIECE_ABSENT,
    PIECE_ADDRESS, /* `ip`; with has_prefix it had a length, too, which is for followers */
    PIECE_PREFIX,
    PIECE_INTERFACE, /* `ip` is the part behind a prefix: its first 48 bits are zero */
};

struct piece {
    enum piece_kind kind;
    enum rule_why why; /* of PIECE_INVALID */
    struct ip ip;      /* also of PIECE_INVALID, if it could be read */
    bool has_prefix;
    struct prefix prefix; /* with zeros behind its length */
};

enum {
    INTERFACE_AT = 8, /* first byte of the interface id within an address */
    SUBNET_AT = 6,    /* first byte of the subnet number behind the shortest prefix */
};

struct piece piece_judge(struct str text, bool is_prefix, bool private_allowed);

/* Whether the address may be published in DNS. */
bool piece_is_publishable(struct ip ip, bool private_allowed);
/* Whether the host may not point there. */
bool piece_is_blocked(struct ip ip, const struct rule_host *host);
/* Whether a prefix for followers may have the length. */
bool piece_is_for_followers(uint8_t length);
