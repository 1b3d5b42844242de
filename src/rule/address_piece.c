// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/address_piece.h"

#include <string.h>

bool piece_is_publishable(struct ip ip, bool private_allowed)
{
    switch (ip_kind(ip)) {
    case IP_GLOBAL:
        return true;
    case IP_PRIVATE:
    case IP_DOCUMENTATION:
        return private_allowed;
    case IP_UNSPECIFIED:
    case IP_SPECIAL:
        break;
    }
    return false;
}

bool piece_is_blocked(struct ip ip, const struct rule_host *host)
{
    const struct addresses *now = host->now;
    if (!host->blocked || address_list_has(ip.family == IP_V4 ? &now->v4 : &now->v6, ip))
        return false;
    return network_set_has(host->blocked, ip);
}

bool piece_is_for_followers(uint8_t length)
{
    return length >= RULE_PREFIX_MIN && length <= RULE_PREFIX_MAX;
}

/* The prefix's address with zeros behind its length. */
static struct ip network_of(struct prefix prefix)
{
    return ip_compose(prefix, (struct ip){ .family = IP_V6 });
}

static bool take_brackets(struct str *text)
{
    if (text->n < 2 || text->at[0] != '[' || text->at[text->n - 1] != ']')
        return false;
    *text = (struct str){ text->at + 1, text->n - 2 };
    return true;
}

/* Reads ADDRESS or ADDRESS/LENGTH. There may be [] around the whole or around the address. */
static enum status parse_piece(struct str text, struct prefix *out, bool *has_length)
{
    bool bracketed = take_brackets(&text);
    size_t slash = str_find(text, '/');
    struct str address = str_first(text, slash);
    bool colon = str_find(address, ':') < address.n;
    if (!bracketed)
        bracketed = take_brackets(&address);
    if ((bracketed && !colon) || ip_parse(address, &out->ip))
        return ERR_SYNTAX;

    *has_length = slash < text.n;
    uint64_t length = out->ip.family == IP_V4 ? 32 : 128;
    /* The length of a mapped address could be meant for IPv6 or for IPv4. */
    if (*has_length && colon && out->ip.family == IP_V4)
        return ERR_SYNTAX;
    if (*has_length && str_to_u64(str_from_at(text, slash + 1), length, &length))
        return ERR_SYNTAX;
    out->length = (uint8_t)length;
    return OK;
}

static struct piece invalid(enum rule_why why, struct ip ip)
{
    return (struct piece){ .kind = PIECE_INVALID, .why = why, .ip = ip };
}

static struct piece judge_prefix(struct prefix prefix, bool private_allowed)
{
    if (prefix.ip.family != IP_V6 || !piece_is_for_followers(prefix.length))
        return invalid(RULE_BAD_LENGTH, prefix.ip);
    if (!piece_is_publishable(network_of(prefix), private_allowed))
        return invalid(RULE_UNPUBLISHABLE, prefix.ip);
    prefix.ip = network_of(prefix);
    return (struct piece){ .kind = PIECE_PREFIX, .has_prefix = true, .prefix = prefix };
}

/* Whether the address is an interface id that needs a prefix. No host has such an address. */
static bool is_interface_id(struct ip ip)
{
    static const uint8_t none[RULE_PREFIX_MIN / 8];
    return ip.family == IP_V6 && memcmp(ip.bytes, none, sizeof(none)) == 0;
}

static struct piece judge_address(struct prefix given, bool private_allowed)
{
    if (is_interface_id(given.ip))
        return (struct piece){ .kind = PIECE_INTERFACE, .ip = given.ip };
    bool full = given.length == (given.ip.family == IP_V4 ? 32 : 128);
    if (!full) {
        struct piece piece = judge_prefix(given, private_allowed);
        if (piece.kind == PIECE_INVALID || ip_equal(given.ip, piece.prefix.ip))
            return piece;
        piece.kind = PIECE_ADDRESS;
        piece.ip = given.ip;
        return piece;
    }
    if (!piece_is_publishable(given.ip, private_allowed))
        return invalid(RULE_UNPUBLISHABLE, given.ip);
    return (struct piece){ .kind = PIECE_ADDRESS, .ip = given.ip };
}

struct piece piece_judge(struct str text, bool is_prefix, bool private_allowed)
{
    struct prefix given;
    bool has_length = false;
    if (text.n == 0)
        return (struct piece){ .kind = PIECE_ABSENT };
    if (parse_piece(text, &given, &has_length))
        return invalid(RULE_NO_ADDRESS, (struct ip){ .family = IP_NONE });
    if (ip_kind(given.ip) == IP_UNSPECIFIED)
        return (struct piece){ .kind = PIECE_ABSENT };
    if (!is_prefix)
        return judge_address(given, private_allowed);
    return has_length ? judge_prefix(given, private_allowed)
                      : invalid(RULE_NO_LENGTH, given.ip);
}

bool rule_is_absent(struct str piece)
{
    return piece_judge(str_trim(piece), false, false).kind == PIECE_ABSENT;
}

const char *rule_why_word(enum rule_why why)
{
    static const char *const words[RULE_WHYS] = {
        [RULE_NO_ADDRESS] = "no address",
        [RULE_UNPUBLISHABLE] = "may not be published",
        [RULE_NO_LENGTH] = "a prefix without length",
        [RULE_BAD_LENGTH] = "no prefix of 48 to 64 bits",
        [RULE_NO_RIGHT] = "the token has no right to a prefix",
        [RULE_OTHER_COUNTS] = "another one counts",
        [RULE_NO_PREFIX] = "an interface id without a prefix for it",
        [RULE_OFFLINE] = "offline goes first",
        [RULE_BLOCKED] = "in a blocked network",
    };
    return (size_t)why < RULE_WHYS ? words[why] : "?";
}
