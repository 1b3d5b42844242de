// SPDX-License-Identifier: GPL-3.0-or-later
/* The first byte makes the host and the request, the rest is the values, one a line; one that
 * begins with '/' is a prefix, with '?' under a strange name. Whatever they are, nothing
 * unpublishable may come out, the reply lists what the host will have, and asking again changes
 * nothing. */
#include <assert.h>
#include <stdint.h>

#include "rule/address.h"

enum {
    VALUES_MAX = 16
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct address_list *list, uint8_t family,
                       bool private_allowed)
{
    const struct ip *ips = list->at;
    size_t count = list->count;
    assert(count <= ADDRESSES_MAX);
    for (size_t i = 0; i < count; i++) {
        enum ip_kind kind = ip_kind(ips[i]);
        assert(ips[i].family == family);
        assert(kind != IP_SPECIAL && kind != IP_UNSPECIFIED);
        assert(private_allowed || kind == IP_GLOBAL);
        for (size_t j = 0; j < i; j++)
            assert(!ip_equal(ips[i], ips[j]));
    }
}

static bool has(const struct addresses *all, struct ip ip)
{
    bool found = false;
    for (size_t i = 0; i < all->v4.count; i++)
        found = found || ip_equal(all->v4.at[i], ip);
    for (size_t i = 0; i < all->v6.count; i++)
        found = found || ip_equal(all->v6.at[i], ip);
    return found;
}

static void check_ignored(const struct rule_request *request,
                          const struct rule_decision *decision)
{
    assert(decision->ignored_count <= RULE_IGNORED_MAX);
    for (size_t i = 0; i < decision->ignored_count; i++)
        assert(decision->ignored[i].value < request->count &&
               decision->ignored[i].why < RULE_WHYS);
    assert(!decision->from_source || decision->ignored_count == 0);
}

static void check(const struct rule_decision *decision, bool private_allowed)
{
    const struct addresses *wanted = &decision->wanted;
    check_list(&wanted->v4, IP_V4, private_allowed);
    check_list(&wanted->v6, IP_V6, private_allowed);
    assert(decision->reply_count <= RULE_REPLY_MAX);
    for (size_t i = 0; i < decision->reply_count; i++)
        assert(has(wanted, decision->reply[i]));
    if (decision->has_prefix)
        assert(decision->prefix.length >= RULE_PREFIX_MIN &&
               decision->prefix.length <= RULE_PREFIX_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule_value values[VALUES_MAX];
    struct rule_decision first, second;
    if (size == 0)
        return 0;
    unsigned bits = data[0];
    struct addresses now = { .v6.count = bits & 16U ? 1 : 0,
                             .v6.at = { { IP_V6, { 0x26, [15] = 5 } } } };
    struct rule_request request = { .values = values,
                                    .source = { IP_V4, { 8, 8, 4, 4 } },
                                    .may_renumber = (bits & 64U) != 0,
                                    .offline = (bits & 128U) != 0 };
    struct str rest = str_bytes(data + 1, size - 1), line;
    while (request.count < VALUES_MAX && str_next(&rest, '\n', &line)) {
        enum rule_role role = str_starts(line, STR("/"))   ? RULE_PREFIX
                              : str_starts(line, STR("?")) ? RULE_STRANGE
                                                           : RULE_ADDRESS;
        values[request.count++] =
            (struct rule_value){ role, str_from_at(line, role != RULE_ADDRESS) };
    }

    struct rule_host host = { .now = &now,
                              .withdraws = (bits & 1U) != 0,
                              .round_robin = (bits & 2U) != 0,
                              .offline = (bits & 4U) != 0,
                              .private_allowed = (bits & 32U) != 0,
                              .interface_id = { [7] = bits & 8U ? 1 : 0 } };
    rule_decide(&request, &host, &first);
    check(&first, host.private_allowed);
    check_ignored(&request, &first);
    if (first.verdict == RULE_BAD_IP) {
        assert(addresses_equal(&first.wanted, &now));
        return 0;
    }
    host.offline = first.offline;
    now = first.wanted;
    rule_decide(&request, &host, &second);
    assert(second.verdict == RULE_SAME);
    assert(addresses_equal(&first.wanted, &second.wanted));
    return 0;
}
