// SPDX-License-Identifier: GPL-3.0-or-later
/* Decides which addresses an update gives to a host: judges each piece of each value (see
 * address_piece.h), collects what the pieces tell, and compares that with what the host has. */
#include "rule/address_piece.h"

#include <string.h>

#include "base/reader.h"

/* Where a piece is in the request. */
struct place {
    uint8_t value, piece;
};

/* What the pieces tell together. */
struct collected {
    struct addresses addresses;
    struct ip order[RULE_REPLY_MAX]; /* `addresses` in the order in which they came */
    struct place from[RULE_REPLY_MAX];
    size_t order_count;
    bool address_named, address_valid; /* by pieces that may be the host's own address */
    bool v4_named, v6_named;           /* by values whose parameter is known */
    bool prefix_named, has_prefix, moves, has_interface;
    bool prefix_used;     /* the host itself uses the prefix */
    struct prefix prefix; /* for followers */
    struct prefix own;    /* with `moves`: for the host's own addresses */
    struct ip interface;  /* with has_interface */
    struct place prefix_from, interface_from;
    struct rule_decision *out; /* gets the pieces that are ignored */
};

static bool is_private_allowed(const struct rule_host *host)
{
    return host->private_allowed || host->private_here;
}

static bool may_have(const struct rule_host *host, struct ip ip)
{
    return piece_is_publishable(ip, is_private_allowed(host)) &&
           !piece_is_blocked(ip, host);
}

static void ignore(struct rule_decision *out, struct place at, enum rule_why why)
{
    if (out->ignored_count < RULE_IGNORED_MAX)
        out->ignored[out->ignored_count++] =
            (struct rule_ignored){ at.value, at.piece, (uint8_t)why };
}

/* ----- what the pieces give ----- */

static void drop_family(struct collected *all, uint8_t family)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->order_count; i++) {
        if (all->order[i].family == family) {
            ignore(all->out, all->from[i], RULE_OTHER_COUNTS);
            continue;
        }
        all->order[kept] = all->order[i];
        all->from[kept++] = all->from[i];
    }
    all->order_count = kept;
    addresses_of_family(&all->addresses, family)->count = 0;
}

/* Adds an address, unless it is there already. If the host keeps only one of a family, it replaces
 * the others. */
static void add_address(struct collected *all, struct ip ip, struct place from,
                        bool round_robin)
{
    if (address_list_has(addresses_of_family(&all->addresses, ip.family), ip))
        return;
    if (!round_robin)
        drop_family(all, ip.family);
    if (addresses_add(&all->addresses, ip)) {
        ignore(all->out, from, RULE_OTHER_COUNTS);
        return;
    }
    all->from[all->order_count] = from;
    all->order[all->order_count++] = ip;
}

static void take_prefix(struct collected *all, struct prefix prefix, struct place from)
{
    if (all->has_prefix &&
        (all->prefix.length != prefix.length || !ip_equal(all->prefix.ip, prefix.ip)))
        ignore(all->out, all->prefix_from, RULE_OTHER_COUNTS);
    all->has_prefix = true;
    all->prefix = prefix;
    all->prefix_from = from;
}

static void take_interface(struct collected *all, struct ip interface, struct place from)
{
    if (all->has_interface)
        ignore(all->out, all->interface_from, RULE_OTHER_COUNTS);
    all->has_interface = true;
    all->interface = interface;
    all->interface_from = from;
}

/* ----- what a prefix makes of the host itself ----- */

/* Makes an address of the request's prefix and interface id. If the id has no subnet number, the
 * host's own number goes between them, if it fits. */
static bool compose(const struct collected *all, const struct rule_host *host,
                    struct ip *out)
{
    const uint8_t *id = all->interface.bytes;
    uint16_t subnet = read_u16(id + SUBNET_AT);
    if (!all->has_prefix ||
        ((subnet || rule_follow(all->prefix, host->subnet, id + INTERFACE_AT, out)) &&
         rule_follow(all->prefix, subnet, id + INTERFACE_AT, out)))
        return false;
    return may_have(host, *out);
}

static void join_interface(struct collected *all, const struct rule_host *host)
{
    struct ip own;
    if (all->addresses.v6.count > 0) {
        ignore(all->out, all->interface_from, RULE_OTHER_COUNTS);
    } else if (compose(all, host, &own)) {
        add_address(all, own, all->interface_from, host->round_robin);
        all->address_valid = true;
        all->prefix_used = true;
    } else {
        ignore(all->out, all->interface_from, RULE_NO_PREFIX);
    }
}

/* Moves the host's own addresses into the prefix: they keep their lower bits or, if there are none,
 * get the interface id. Without either the prefix is only for followers. It is also only for
 * followers if the request has a whole address, as that is then the host's. */
static void move_own(struct collected *all, const struct rule_host *host)
{
    static const uint8_t none[8];
    size_t count = host->now->v6.count;
    struct ip own;
    if (!all->moves || all->addresses.v6.count > 0)
        return;
    if (count > 1 && !host->round_robin)
        count = 1;
    for (size_t i = 0; i < count; i++) {
        own = ip_compose(all->own, host->now->v6.at[i]);
        if (!piece_is_blocked(own, host))
            add_address(all, own, all->prefix_from, host->round_robin);
    }
    if (count == 0 && memcmp(host->interface_id, none, sizeof(none)) != 0 &&
        !rule_follow(all->own, host->subnet, host->interface_id, &own) &&
        !piece_is_blocked(own, host))
        add_address(all, own, all->prefix_from, host->round_robin);
    all->prefix_used = all->addresses.v6.count > 0;
}

/* ----- one piece ----- */

/* Whether a known parameter has named the piece's family. An unknown parameter then counts no more;
 * a prefix from it may still be for followers. */
static bool is_outspoken(const struct collected *all, const struct piece *piece)
{
    uint8_t family =
        piece->kind == PIECE_PREFIX ? piece->prefix.ip.family : piece->ip.family;
    return (family == IP_V4 && all->v4_named) || (family == IP_V6 && all->v6_named);
}

static void note_named(struct collected *all, const struct piece *piece,
                       enum rule_role role)
{
    if (role == RULE_PREFIX) {
        all->prefix_named = true;
        return;
    }
    all->address_named = true;
    if (role == RULE_STRANGE)
        return;
    all->v4_named |= piece->ip.family == IP_V4;
    all->v6_named |= piece->ip.family == IP_V6 || piece->kind == PIECE_PREFIX;
}

static void collect_piece(struct collected *all, struct str text, enum rule_role role,
                          const struct rule_host *host, struct place at)
{
    struct piece piece = piece_judge(text, role == RULE_PREFIX, is_private_allowed(host));
    if (piece.kind == PIECE_ABSENT)
        return;
    if (role == RULE_STRANGE && is_outspoken(all, &piece)) {
        if (piece.kind != PIECE_PREFIX || all->prefix_named) {
            ignore(all->out, at, RULE_OTHER_COUNTS);
            return;
        }
        role = RULE_PREFIX;
    }
    note_named(all, &piece, role);
    if (piece.kind == PIECE_ADDRESS && piece_is_blocked(piece.ip, host))
        piece = (struct piece){ .kind = PIECE_INVALID, .why = RULE_BLOCKED };
    if (piece.kind == PIECE_INVALID) {
        ignore(all->out, at, piece.why);
        return;
    }
    if (piece.has_prefix)
        take_prefix(all, piece.prefix, at);
    if (role == RULE_PREFIX)
        return;
    if (piece.kind == PIECE_INTERFACE) {
        take_interface(all, piece.ip, at);
        return;
    }
    all->address_valid = true;
    if (piece.kind == PIECE_ADDRESS) {
        add_address(all, piece.ip, at, host->round_robin);
        return;
    }
    all->moves = true;
    all->own = piece.prefix;
}

/* ----- all pieces ----- */

static void collect_value(struct collected *all, const struct rule_request *request,
                          size_t i, const struct rule_host *host)
{
    struct place at = { .value = (uint8_t)i };
    for (struct str rest = request->values[i].text, text; str_next(&rest, ',', &text);) {
        collect_piece(all, str_trim(text), request->values[i].role, host, at);
        if (at.piece < RULE_WHOLE - 1)
            at.piece++;
    }
}

/* Collects the values of known parameters first, as they decide whether others count. */
static void collect(const struct rule_request *request, const struct rule_host *host,
                    struct collected *all)
{
    bool strange = false;
    for (size_t i = 0; i < request->count; i++) {
        if (request->values[i].role == RULE_STRANGE)
            strange = true;
        else
            collect_value(all, request, i, host);
    }
    for (size_t i = 0; strange && i < request->count; i++)
        if (request->values[i].role == RULE_STRANGE)
            collect_value(all, request, i, host);
    if (all->has_interface)
        join_interface(all, host);
    else
        move_own(all, host);
    if (all->has_prefix && !request->may_renumber && !all->prefix_used)
        ignore(all->out, all->prefix_from, RULE_NO_RIGHT);
    if (all->address_named || all->prefix_named)
        return;
    all->address_named = true;
    all->out->from_source = true;
    if (may_have(host, request->source)) {
        all->address_valid = true;
        add_address(all, request->source, (struct place){ .piece = RULE_WHOLE },
                    host->round_robin);
    }
}

/* Whether the request can be used. If it names addresses for the host itself, one of them must be
 * valid: a good prefix beside them does not make up for wrong addresses. */
static bool is_usable(const struct collected *all)
{
    return all->address_named ? all->address_valid : all->has_prefix;
}

/* ----- the decision ----- */

static void reply_all(struct rule_decision *out, const struct addresses *addresses)
{
    out->reply_count = addresses_count(addresses);
    for (size_t i = 0; i < out->reply_count; i++)
        out->reply[i] = addresses_get(addresses, i);
}

static void decide_addresses(const struct collected *all, const struct rule_host *host,
                             struct rule_decision *out)
{
    if (all->order_count == 0) { /* a prefix that is only for followers */
        reply_all(out, &out->wanted);
        return;
    }
    out->decides_v4 = host->withdraws || all->addresses.v4.count > 0;
    out->decides_v6 = host->withdraws || all->addresses.v6.count > 0;
    if (out->decides_v4)
        out->wanted.v4 = all->addresses.v4;
    if (out->decides_v6)
        out->wanted.v6 = all->addresses.v6;
    out->offline = false;
    memcpy(out->reply, all->order, all->order_count * sizeof(out->reply[0]));
    out->reply_count = all->order_count;
}

static void decide_offline(struct rule_decision *out)
{
    out->wanted = (struct addresses){ .v4.count = 0 };
    out->decides_v4 = true;
    out->decides_v6 = true;
    out->offline = true;
}

void rule_decide(const struct rule_request *request, const struct rule_host *host,
                 struct rule_decision *out)
{
    *out = (struct rule_decision){ .wanted = *host->now,
                                   .offline = host->offline,
                                   .private_allowed = host->private_allowed };
    if (request->offline) {
        for (size_t i = 0; i < request->count; i++)
            ignore(out, (struct place){ (uint8_t)i, RULE_WHOLE }, RULE_OFFLINE);
        decide_offline(out);
    } else {
        struct collected all = { .out = out };
        collect(request, host, &all);
        if (!is_usable(&all)) {
            out->verdict = RULE_BAD_IP;
            return;
        }
        out->has_prefix = all.has_prefix && request->may_renumber;
        out->prefix = all.prefix;
        decide_addresses(&all, host, out);
    }
    bool same = !host->replaced && out->offline == host->offline &&
                addresses_equal(&out->wanted, host->now);
    out->verdict = same ? RULE_SAME : RULE_CHANGE;
}
