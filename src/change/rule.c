// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/rule.h"

#include <string.h>

enum {
    INTERFACE_AT = 8, /* the interface id's first byte within an address */
    SUBNET_AT = 6,    /* the subnet number's, when the prefix is the shortest one */
};

/* What one piece of a value turned out to be. */
enum piece_kind {
    PIECE_INVALID,
    PIECE_ABSENT,
    PIECE_ADDRESS, /* `ip`; with has_prefix it carried a length for followers too */
    PIECE_PREFIX,
};

struct piece {
    enum piece_kind kind;
    struct ip ip;
    bool has_prefix;
    struct prefix prefix;
};

/* What the pieces came to. */
struct collected {
    struct host_addresses addresses;
    struct ip order[RULE_REPLY_MAX]; /* of `addresses`, as they came */
    size_t order_count;
    bool address_named, address_valid; /* of pieces that may be the host's own */
    bool prefix_named, has_prefix, moves;
    struct prefix prefix; /* for followers */
    struct prefix own;    /* with `moves`: for the host's own addresses */
};

static bool is_publishable(struct ip ip, bool private_allowed)
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

static bool is_unspecified(struct ip ip)
{
    return ip_kind(ip) == IP_UNSPECIFIED;
}

/* The address with zeros after the prefix's length. */
static struct ip network_of(struct prefix prefix)
{
    return ip_compose(prefix, (struct ip){ .family = IP_V6 });
}

static bool is_for_followers(uint8_t length)
{
    return length >= RULE_PREFIX_MIN && length <= RULE_PREFIX_MAX;
}

/* ---- one piece ---------------------------------------------------------------------- */

static bool take_brackets(struct str *text)
{
    if (text->n < 2 || text->at[0] != '[' || text->at[text->n - 1] != ']')
        return false;
    *text = (struct str){ text->at + 1, text->n - 2 };
    return true;
}

/* ADDRESS, ADDRESS/LENGTH, and the same with [] around the whole or the address. */
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
    /* The length of a mapped address could count from either end of it. */
    if (*has_length && colon && out->ip.family == IP_V4)
        return ERR_SYNTAX;
    if (*has_length && str_to_u64(str_from_at(text, slash + 1), length, &length))
        return ERR_SYNTAX;
    out->length = (uint8_t)length;
    return OK;
}

static bool is_private_allowed(const struct rule_host *host)
{
    return host->private_allowed || host->row->private_allowed;
}

static struct piece judge_prefix(struct prefix prefix, bool private_allowed)
{
    if (prefix.ip.family != IP_V6 || !is_for_followers(prefix.length) ||
        !is_publishable(network_of(prefix), private_allowed))
        return (struct piece){ .kind = PIECE_INVALID };
    prefix.ip = network_of(prefix);
    return (struct piece){ .kind = PIECE_PREFIX, .has_prefix = true, .prefix = prefix };
}

static struct piece judge_address(struct prefix given, bool private_allowed)
{
    bool full = given.length == (given.ip.family == IP_V4 ? 32 : 128);
    if (!full) {
        struct piece piece = judge_prefix(given, private_allowed);
        if (piece.kind == PIECE_INVALID || ip_equal(given.ip, piece.prefix.ip))
            return piece;
        piece.kind = PIECE_ADDRESS;
        piece.ip = given.ip;
        return piece;
    }
    if (!is_publishable(given.ip, private_allowed))
        return (struct piece){ .kind = PIECE_INVALID };
    return (struct piece){ .kind = PIECE_ADDRESS, .ip = given.ip };
}

static struct piece judge_piece(struct str text, enum rule_role role,
                                bool private_allowed)
{
    struct prefix given;
    bool has_length = false;
    if (text.n == 0)
        return (struct piece){ .kind = PIECE_ABSENT };
    if (parse_piece(text, &given, &has_length))
        return (struct piece){ .kind = PIECE_INVALID };
    if (is_unspecified(given.ip))
        return (struct piece){ .kind = PIECE_ABSENT };
    if (role == RULE_PREFIX)
        return has_length ? judge_prefix(given, private_allowed)
                          : (struct piece){ .kind = PIECE_INVALID };
    return judge_address(given, private_allowed);
}

/* ---- all pieces --------------------------------------------------------------------- */

static bool list_has(const struct ip *list, size_t count, struct ip ip)
{
    for (size_t i = 0; i < count; i++)
        if (ip_equal(list[i], ip))
            return true;
    return false;
}

static void drop_family(struct collected *all, uint8_t family)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->order_count; i++)
        if (all->order[i].family != family)
            all->order[kept++] = all->order[i];
    all->order_count = kept;
    if (family == IP_V4)
        all->addresses.v4_count = 0;
    else
        all->addresses.v6_count = 0;
}

/* A repetition changes nothing; else the new one joins those of its family or, where the
 * host keeps one, takes their place. */
static void add_address(struct collected *all, struct ip ip, bool round_robin)
{
    if (list_has(all->order, all->order_count, ip))
        return;
    if (!round_robin)
        drop_family(all, ip.family);
    struct ip *list = ip.family == IP_V4 ? all->addresses.v4 : all->addresses.v6;
    size_t *count =
        ip.family == IP_V4 ? &all->addresses.v4_count : &all->addresses.v6_count;
    if (*count == HOST_ADDRESSES_MAX)
        return;
    list[(*count)++] = ip;
    all->order[all->order_count++] = ip;
}

/* The host's own addresses move into the prefix: with the lower bits that they have, or with
 * the interface id. Without both the prefix is for followers alone; so it is beside a whole
 * address, which says what the host itself has. */
static void move_own(struct collected *all, const struct rule_host *host)
{
    static const uint8_t none[8];
    const struct host_row *row = host->row;
    size_t count = host->now->v6_count;
    struct ip own;
    if (!all->moves || all->addresses.v6_count > 0)
        return;
    if (count > 1 && !row->round_robin)
        count = 1;
    for (size_t i = 0; i < count; i++)
        add_address(all, ip_compose(all->own, host->now->v6[i]), row->round_robin);
    if (count == 0 && memcmp(row->interface_id, none, sizeof(none)) != 0 &&
        !rule_follow(all->own, row->subnet, row->interface_id, &own))
        add_address(all, own, row->round_robin);
}

static void collect_piece(struct collected *all, struct str text, enum rule_role role,
                          const struct rule_host *host)
{
    struct piece piece = judge_piece(text, role, is_private_allowed(host));
    if (piece.kind == PIECE_ABSENT)
        return;
    if (role == RULE_PREFIX)
        all->prefix_named = true;
    else
        all->address_named = true;
    if (piece.kind == PIECE_INVALID)
        return;

    if (piece.has_prefix) {
        all->has_prefix = true;
        all->prefix = piece.prefix;
    }
    if (role == RULE_PREFIX)
        return;
    all->address_valid = true;
    if (piece.kind == PIECE_ADDRESS) {
        add_address(all, piece.ip, host->row->round_robin);
        return;
    }
    all->moves = true;
    all->own = piece.prefix;
}

static void collect(const struct rule_request *request, const struct rule_host *host,
                    struct collected *all)
{
    for (size_t i = 0; i < request->count; i++)
        for (struct str rest = request->values[i].text, text;
             str_next(&rest, ',', &text);)
            collect_piece(all, str_trim(text), request->values[i].role, host);
    move_own(all, host);
    if (all->address_named || all->prefix_named)
        return;
    all->address_named = true;
    if (is_publishable(request->source, is_private_allowed(host))) {
        all->address_valid = true;
        add_address(all, request->source, host->row->round_robin);
    }
}

/* Values were named, and none of those that could be the host's own is usable: also a good
 * prefix beside them does not make a wrong address right. */
static bool is_usable(const struct collected *all)
{
    return all->address_named ? all->address_valid : all->has_prefix;
}

/* ---- the decision ------------------------------------------------------------------- */

static bool same_set(const struct ip *a, size_t a_count, const struct ip *b,
                     size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!list_has(b, b_count, a[i]))
            return false;
    return true;
}

bool rule_addresses_equal(const struct host_addresses *a, const struct host_addresses *b)
{
    return same_set(a->v4, a->v4_count, b->v4, b->v4_count) &&
           same_set(a->v6, a->v6_count, b->v6, b->v6_count);
}

static void set_v4(struct host_addresses *to, const struct host_addresses *from)
{
    memcpy(to->v4, from->v4, sizeof(to->v4));
    to->v4_count = from->v4_count;
}

static void set_v6(struct host_addresses *to, const struct host_addresses *from)
{
    memcpy(to->v6, from->v6, sizeof(to->v6));
    to->v6_count = from->v6_count;
}

static void reply_all(struct rule_decision *out, const struct host_addresses *addresses)
{
    out->reply_count = 0;
    for (size_t i = 0; i < addresses->v4_count; i++)
        out->reply[out->reply_count++] = addresses->v4[i];
    for (size_t i = 0; i < addresses->v6_count; i++)
        out->reply[out->reply_count++] = addresses->v6[i];
}

static void decide_addresses(const struct collected *all, const struct rule_host *host,
                             struct rule_decision *out)
{
    if (all->order_count == 0) { /* a prefix, and none of it for the host itself */
        reply_all(out, &out->wanted);
        return;
    }
    bool withdraws = host->row->mode == HOST_FOLLOW;
    out->decides_v4 = withdraws || all->addresses.v4_count > 0;
    out->decides_v6 = withdraws || all->addresses.v6_count > 0;
    if (out->decides_v4)
        set_v4(&out->wanted, &all->addresses);
    if (out->decides_v6)
        set_v6(&out->wanted, &all->addresses);
    out->offline = false;
    memcpy(out->reply, all->order, all->order_count * sizeof(out->reply[0]));
    out->reply_count = all->order_count;
}

static void decide_offline(struct rule_decision *out)
{
    out->wanted = (struct host_addresses){ .v4_count = 0 };
    out->decides_v4 = true;
    out->decides_v6 = true;
    out->offline = true;
}

void rule_decide(const struct rule_request *request, const struct rule_host *host,
                 struct rule_decision *out)
{
    bool was_offline = host->row->state == HOST_OFFLINE;
    *out = (struct rule_decision){ .wanted = *host->now,
                                   .offline = was_offline,
                                   .private_allowed = host->private_allowed };
    if (request->offline) {
        decide_offline(out);
    } else {
        struct collected all = { .order_count = 0 };
        collect(request, host, &all);
        if (!is_usable(&all)) {
            out->verdict = RULE_BAD_IP;
            return;
        }
        out->has_prefix = all.has_prefix && request->may_renumber;
        out->prefix = all.prefix;
        decide_addresses(&all, host, out);
    }
    bool same =
        out->offline == was_offline && rule_addresses_equal(&out->wanted, host->now);
    out->verdict = same ? RULE_SAME : RULE_CHANGE;
}

/* ---- followers ---------------------------------------------------------------------- */

enum status rule_follow(struct prefix prefix, uint16_t subnet,
                        const uint8_t interface_id[8], struct ip *out)
{
    if (prefix.ip.family != IP_V6 || !is_for_followers(prefix.length))
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

bool rule_renumber(const struct rule_decision *decision, const struct host_row *row,
                   const struct host_addresses *now, struct host_addresses *wanted)
{
    static const uint8_t none[8];
    struct ip ip;
    if (row->state == HOST_OFFLINE)
        return false;
    if (memcmp(row->interface_id, none, sizeof(none)) != 0) {
        if (rule_follow(decision->prefix, row->subnet, row->interface_id, &ip))
            return false;
    } else if (now->v6_count > 0) {
        ip = ip_compose(decision->prefix, now->v6[0]);
    } else {
        return false;
    }
    if (!is_publishable(ip, decision->private_allowed || row->private_allowed))
        return false;
    *wanted = *now;
    wanted->v6[0] = ip;
    wanted->v6_count = 1;
    return true;
}
