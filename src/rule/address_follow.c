// SPDX-License-Identifier: GPL-3.0-or-later
/* Decides what a new prefix gives to a host that follows another one. */
#include <string.h>

#include "rule/address_piece.h"

enum status rule_follow(struct prefix prefix, uint16_t subnet,
                        const uint8_t interface_id[8], struct ip *out)
{
    if (prefix.ip.family != IP_V6 || !piece_is_for_followers(prefix.length))
        return ERR_LIMIT;
    if ((uint32_t)subnet >> (RULE_PREFIX_MAX - prefix.length))
        return ERR_LIMIT;
    struct ip rest = { .family = IP_V6 };
    rest.bytes[SUBNET_AT] = (uint8_t)(subnet >> 8);
    rest.bytes[SUBNET_AT + 1] = (uint8_t)(subnet & UINT8_MAX);
    memcpy(rest.bytes + INTERFACE_AT, interface_id, 8);
    *out = ip_compose(prefix, rest);
    return OK;
}

bool rule_renumber(const struct rule_decision *decision, const struct rule_host *host,
                   struct addresses *wanted)
{
    static const uint8_t none[8];
    const struct addresses *now = host->now;
    struct ip ip;
    if (host->offline)
        return false;
    if (memcmp(host->interface_id, none, sizeof(none)) != 0) {
        if (rule_follow(decision->prefix, host->subnet, host->interface_id, &ip))
            return false;
    } else if (now->v6.count > 0) {
        ip = ip_compose(decision->prefix, now->v6.at[0]);
    } else {
        return false;
    }
    if (!piece_is_publishable(ip, decision->private_allowed || host->private_here) ||
        piece_is_blocked(ip, host))
        return false;
    *wanted = *now;
    wanted->v6.at[0] = ip;
    wanted->v6.count = 1;
    return true;
}
