// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "base/addresses.h"

static struct addresses read(const char *text)
{
    struct addresses all = { .v4.count = 0 };
    for (struct str rest = str_from(text), piece; str_next(&rest, ' ', &piece);) {
        struct ip ip = { .family = IP_NONE };
        CHECK(ip_parse(piece, &ip) == OK);
        CHECK(addresses_add(&all, ip) == OK);
    }
    return all;
}

TEST(addresses_are_counted_and_numbered_with_ipv4_first)
{
    const struct addresses all = read("2001:db8::1 192.0.2.1 2001:db8::2");
    CHECK_INT((int)addresses_count(&all), 3);
    CHECK_TEXT(ip_text(addresses_get(&all, 0)), "192.0.2.1");
    CHECK_TEXT(ip_text(addresses_get(&all, 1)), "2001:db8::1");
    CHECK_TEXT(ip_text(addresses_get(&all, 2)), "2001:db8::2");
}

TEST(the_usual_address_is_the_first_one_of_a_family)
{
    const struct addresses all = read("192.0.2.1 192.0.2.2");
    CHECK_TEXT(ip_text(address_list_usual(&all.v4)), "192.0.2.1");
    CHECK_INT(address_list_usual(&all.v6).family, IP_NONE);
    CHECK(addresses_are_several(&all));
}

TEST(one_address_of_each_family_is_not_several)
{
    const struct addresses all = read("192.0.2.1 2001:db8::1");
    CHECK(!addresses_are_several(&all));
}

TEST(the_order_of_addresses_does_not_count)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        { "", "", true },
        { "192.0.2.1 2001:db8::1", "2001:db8::1 192.0.2.1", true },
        { "192.0.2.1 192.0.2.2", "192.0.2.2 192.0.2.1", true },
        { "192.0.2.1 192.0.2.2", "192.0.2.1 192.0.2.1", false },
        { "192.0.2.1 192.0.2.1", "192.0.2.1 192.0.2.2", false },
        { "192.0.2.1", "192.0.2.1 192.0.2.2", false },
        { "192.0.2.1", "", false },
        { "2001:db8::1", "2001:db8::2", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct addresses a = read(rows[i].a), b = read(rows[i].b);
        CHECK(addresses_equal(&a, &b) == rows[i].equal);
    }
}

TEST(a_full_family_takes_no_more_and_the_other_one_does)
{
    struct addresses all = { .v4.count = ADDRESSES_MAX };
    CHECK_INT(addresses_add(&all, (struct ip){ .family = IP_V4 }), ERR_LIMIT);
    CHECK_INT(addresses_add(&all, (struct ip){ .family = IP_V6 }), OK);
    CHECK_INT((int)addresses_of_family(&all, IP_V6)->count, 1);
}
