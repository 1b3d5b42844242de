// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>

#include "base/mem.h"
#include "rule/address.h"
#include "rule/network_set.h"

static struct ip ip_of(const char *text)
{
    struct ip ip = { .family = IP_NONE };
    CHECK(ip_parse(str_from(text), &ip) == OK);
    return ip;
}

static struct network_set *set_of(const char *text)
{
    struct prefix *networks = NULL;
    size_t count = 0;
    CHECK_INT(network_set_read(str_from(text), &networks, &count, NULL), OK);
    struct network_set *set = network_set_new((struct prefixes){ networks, count },
                                              (struct prefixes){ NULL, 0 });
    mem_free(networks);
    return set;
}

TEST(a_set_has_the_addresses_of_its_networks_and_no_others)
{
    static const char text[] = "203.0.113.0/25\n203.0.113.128/26 ; touches\n"
                               "203.0.113.64/27 # within\n198.51.100.7\n"
                               "2001:db8:1::/48\n255.255.255.255\n::/128\n"
                               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124\n";
    static const struct {
        const char *ip;
        bool want;
    } rows[] = {
        { "203.0.112.255", false },
        { "203.0.113.0", true },
        { "203.0.113.127", true },
        { "203.0.113.191", true },
        { "203.0.113.192", false },
        { "198.51.100.7", true },
        { "198.51.100.6", false },
        { "198.51.100.8", false },
        { "255.255.255.255", true },
        { "::", true },
        { "::1", false },
        { "2001:db8:1::", true },
        { "2001:db8:1:ffff:ffff:ffff:ffff:ffff", true },
        { "2001:db8:2::", false },
        { "2001:db8:0:ffff::", false },
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffef", false },
    };
    CLEANUP(network_set_releasep) struct network_set *set = set_of(text);
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK(network_set_has(set, ip_of(rows[i].ip)) == rows[i].want);
    CHECK(!network_set_has(NULL, ip_of("203.0.113.0")));
    CHECK(!network_set_has(set, (struct ip){ .family = IP_NONE }));
}

TEST(the_digest_is_of_the_addresses)
{
    CLEANUP(network_set_releasep) struct network_set *one = set_of("192.0.2.0/24");
    CLEANUP(network_set_releasep)
    struct network_set *halves = set_of("192.0.2.128/25\n192.0.2.0/25\n192.0.2.9\n");
    CLEANUP(network_set_releasep) struct network_set *less = set_of("192.0.2.0/25");
    CHECK(digest_equal(network_set_digest(one), network_set_digest(halves)));
    CHECK(!digest_equal(network_set_digest(one), network_set_digest(less)));
    CHECK(!digest_equal(network_set_digest(one), network_set_digest(NULL)));
    CHECK(set_of("# nothing\n") == NULL);
}

TEST(a_line_that_is_no_network_is_named)
{
    struct prefix *networks = NULL;
    size_t count = 0;
    struct error err = { "" };
    CHECK_INT(
        network_set_read(STR("192.0.2.0/24\n\n192.0.2.0/33\n"), &networks, &count, &err),
        ERR_SYNTAX);
    CHECK(str_starts(str_from(err.text), STR("line 3: '192.0.2.0/33'")));
}

/* The same set for every row; the host has 203.0.113.1, which is blocked. */
TEST(an_update_brings_no_host_into_a_blocked_network_and_what_it_has_is_not_judged_again)
{
    static const struct {
        const char *value, *source;
        enum rule_verdict verdict;
        const char *v4, *v6; /* as they are to be */
        int ignored;         /* why; -1: nothing is */
    } rows[] = {
        { "203.0.113.1", "9.9.9.9", RULE_SAME, "203.0.113.1", NULL, -1 },
        { "203.0.113.2", "9.9.9.9", RULE_BAD_IP, "203.0.113.1", NULL, RULE_BLOCKED },
        { "9.9.9.9", "203.0.113.2", RULE_CHANGE, "9.9.9.9", NULL, -1 },
        { "203.0.113.2,2620:fe::9", "9.9.9.9", RULE_CHANGE, "203.0.113.1", "2620:fe::9",
          RULE_BLOCKED },
        { "9.9.9.9,2001:db8:1::1", "9.9.9.9", RULE_CHANGE, "9.9.9.9", NULL,
          RULE_BLOCKED },
        { NULL, "203.0.113.1", RULE_SAME, "203.0.113.1", NULL, -1 },
        { NULL, "203.0.113.2", RULE_BAD_IP, "203.0.113.1", NULL, -1 },
    };
    CLEANUP(network_set_releasep)
    struct network_set *set = set_of("203.0.113.0/24\n2001:db8:1::/48\n");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct addresses now = { .v4.count = 0 };
        CHECK(addresses_add(&now, ip_of("203.0.113.1")) == OK);
        const struct rule_value value = { RULE_ADDRESS,
                                          str_from(rows[i].value ? rows[i].value : "") };
        const struct rule_request request = { .values = &value,
                                              .count = rows[i].value != NULL,
                                              .source = ip_of(rows[i].source) };
        const struct rule_host host = { .now = &now,
                                        .private_allowed = true,
                                        .blocked = set };
        struct rule_decision decision;
        rule_decide(&request, &host, &decision);
        CHECK_INT(decision.verdict, rows[i].verdict);
        CHECK_TEXT(ip_text(decision.wanted.v4.at[0]), rows[i].v4);
        CHECK((decision.wanted.v6.count == 1) == (rows[i].v6 != NULL));
        CHECK_INT((int)decision.ignored_count, rows[i].ignored >= 0);
        if (rows[i].ignored >= 0)
            CHECK_INT(decision.ignored[0].why, (uint8_t)rows[i].ignored);
    }
}
