// SPDX-License-Identifier: GPL-3.0-or-later
/* Ranges of addresses that do not touch, in their order; IPv4 addresses stand among the others in
 * the form in which IPv6 maps them. */
#include "rule/network_set.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/reader.h"

struct address {
    uint64_t high, low;
};

struct range {
    struct address first, last;
};

struct network_set {
    atomic_size_t holders;
    size_t count;
    struct range ranges[];
};

enum {
    MAPPED = 0xffff,
    MAPPED_SHIFT = 32,
    MAPPED_LENGTH = 96,
    HALF = 64
};

static struct address address_of(struct ip ip)
{
    if (ip.family == IP_V4)
        return (struct address){ 0,
                                 (uint64_t)MAPPED << MAPPED_SHIFT | read_u32(ip.bytes) };
    return (struct address){ read_u64(ip.bytes), read_u64(ip.bytes + 8) };
}

static int compare(struct address a, struct address b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

/* The bits behind the first `length` of 64. */
static uint64_t rest_of(unsigned length)
{
    return length >= HALF ? 0 : UINT64_MAX >> length;
}

static struct range range_of(struct prefix network)
{
    unsigned length = network.length + (network.ip.family == IP_V4 ? MAPPED_LENGTH : 0U);
    struct address at = address_of(network.ip);
    uint64_t high = rest_of(length), low = rest_of(length > HALF ? length - HALF : 0);
    return (struct range){ { at.high & ~high, at.low & ~low },
                           { at.high | high, at.low | low } };
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *one = (const struct range *)a, *other = (const struct range *)b;
    return compare(one->first, other->first);
}

/* Whether nothing lies between the end of `a` and the begin of `b`, which begins no earlier. */
static bool is_joined(const struct range *a, const struct range *b)
{
    struct address next = a->last;
    if (++next.low == 0 && ++next.high == 0)
        return true;
    return compare(b->first, next) <= 0;
}

static void join(struct network_set *set)
{
    size_t kept = 0;
    for (size_t i = 1; i < set->count; i++) {
        struct range *last = &set->ranges[kept];
        const struct range *range = &set->ranges[i];
        if (!is_joined(last, range))
            set->ranges[++kept] = *range;
        else if (compare(range->last, last->last) > 0)
            last->last = range->last;
    }
    set->count = kept + 1;
}

struct network_set *network_set_new(struct prefixes some, struct prefixes more)
{
    size_t count = some.count + more.count;
    if (count == 0)
        return NULL;
    struct network_set *set =
        (struct network_set *)mem_new(sizeof(*set) + count * sizeof(set->ranges[0]));
    atomic_init(&set->holders, 1);
    for (size_t i = 0; i < some.count; i++)
        set->ranges[set->count++] = range_of(some.at[i]);
    for (size_t i = 0; i < more.count; i++)
        set->ranges[set->count++] = range_of(more.at[i]);
    qsort(set->ranges, set->count, sizeof(set->ranges[0]), compare_ranges);
    join(set);
    return set;
}

struct network_set *network_set_hold(struct network_set *set)
{
    if (set)
        atomic_fetch_add_explicit(&set->holders, 1, memory_order_relaxed);
    return set;
}

void network_set_release(struct network_set *set)
{
    if (set && atomic_fetch_sub_explicit(&set->holders, 1, memory_order_acq_rel) == 1)
        mem_free(set);
}

bool network_set_has(const struct network_set *set, struct ip ip)
{
    if (!set || ip.family == IP_NONE)
        return false;
    const struct address at = address_of(ip);
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(set->ranges[middle].last, at) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && compare(set->ranges[low].first, at) <= 0;
}

bool network_set_has_any(const struct network_set *set, const struct addresses *addresses)
{
    for (size_t i = 0; set && i < addresses_count(addresses); i++)
        if (network_set_has(set, addresses_get(addresses, i)))
            return true;
    return false;
}

struct digest network_set_digest(const struct network_set *set)
{
    struct digest_run run;
    digest_begin(&run);
    for (size_t i = 0; set && i < set->count; i++) {
        const struct range *range = &set->ranges[i];
        uint8_t bytes[4 * sizeof(uint64_t)];
        struct buf out = BUF_ON(bytes);
        buf_put_u64(&out, range->first.high);
        buf_put_u64(&out, range->first.low);
        buf_put_u64(&out, range->last.high);
        buf_put_u64(&out, range->last.low);
        digest_add(&run, buf_str(&out));
    }
    return digest_end(&run);
}

enum status network_set_read(struct str text, struct prefix **out, size_t *count,
                             struct error *err)
{
    CLEANUP(mem_freep) struct prefix *networks = NULL;
    size_t found = 0, room = 0, number = 0;
    if (text.n > NETWORK_SET_BYTES_MAX)
        return FAIL(err, ERR_LIMIT, "more than %d bytes", NETWORK_SET_BYTES_MAX);
    for (struct str rest = text, line; str_next(&rest, '\n', &line);) {
        struct prefix network;
        number++;
        line = str_first(line, str_find(line, '#'));
        line = str_trim(str_first(line, str_find(line, ';')));
        if (line.n == 0)
            continue;
        if (prefix_parse(line, &network))
            return FAIL(err, ERR_SYNTAX,
                        "line %zu: '" STR_FMT "' is no network such as 192.0.2.0/24",
                        number, STR_ARG(str_first(line, IP_TEXT_SIZE)));
        if (found == NETWORK_SET_MAX)
            return FAIL(err, ERR_LIMIT, "line %zu: more than %d networks", number,
                        NETWORK_SET_MAX);
        networks = mem_grow(networks, found + 1, &room, sizeof(*networks));
        networks[found++] = network;
    }
    *out = TAKE(networks);
    *count = found;
    return OK;
}
