// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/limits.h"

#include <stdio.h>

#include "test.h"

static struct ip from(unsigned number)
{
    char text[32];
    struct ip ip;
    (void)snprintf(text, sizeof(text), "198.51.%u.%u", number / 250, number % 250 + 1);
    CHECK_INT(ip_parse(str_from(text), &ip), OK);
    return ip;
}

TEST(one_source_tries_one_account_five_times_and_then_once_a_minute)
{
    struct limits *limits = limits_new();
    for (int i = 0; i < LIMIT_PAIR_BURST; i++)
        CHECK_INT(limits_login(limits, STR("alice@example.org"), from(1), 0), 0);
    CHECK_INT(limits_login(limits, STR("Alice@Example.org"), from(1), 0), 60);
    CHECK_INT(limits_login(limits, STR("alice@example.org"), from(2), 0), 0);
    CHECK_INT(limits_login(limits, STR("bob@example.org"), from(1), 0), 0);
    CHECK_INT(
        limits_login(limits, STR("alice@example.org"), from(1), LIMIT_PAIR_EVERY_MS), 0);
    CHECK_INT(
        limits_login(limits, STR("alice@example.org"), from(1), LIMIT_PAIR_EVERY_MS), 60);
    limits_free(limits);
}

TEST(one_source_tries_twenty_accounts_and_then_one_in_15_seconds)
{
    struct limits *limits = limits_new();
    char email[32];
    for (int i = 0; i <= LIMIT_SOURCE_BURST; i++) {
        (void)snprintf(email, sizeof(email), "a%d@example.org", i);
        CHECK_INT(limits_login(limits, str_from(email), from(1), 0),
                  i < LIMIT_SOURCE_BURST ? 0 : 15);
    }
    limits_free(limits);
}

TEST(all_sources_together_try_one_account_fifty_times_and_others_are_not_touched)
{
    struct limits *limits = limits_new();
    for (unsigned i = 0; i <= LIMIT_ACCOUNT_BURST; i++)
        CHECK_INT(limits_login(limits, STR("alice@example.org"), from(i), 0),
                  i < LIMIT_ACCOUNT_BURST ? 0 : 72);
    CHECK_INT(limits_login(limits, STR("bob@example.org"), from(1), 0), 0);
    CHECK_INT(limits_again(limits, 7, 0), 0); /* of a session of alice */
    limits_free(limits);
}

TEST(what_one_source_may_not_try_does_not_count_for_the_account)
{
    struct limits *limits = limits_new();
    for (int i = 0; i < 1000; i++)
        (void)limits_login(limits, STR("alice@example.org"), from(1), 0);
    CHECK_INT(limits_login(limits, STR("alice@example.org"), from(2), 0), 0);
    limits_free(limits);
}

TEST(a_session_confirms_its_password_five_times_and_then_once_a_minute)
{
    struct limits *limits = limits_new();
    for (int i = 0; i < LIMIT_AGAIN_BURST; i++)
        CHECK_INT(limits_again(limits, 7, 0), 0);
    CHECK_INT(limits_again(limits, 7, 0), 60);
    CHECK_INT(limits_again(limits, 8, 0), 0);
    limits_free(limits);
}

TEST(one_source_asks_for_five_mails_and_then_one_in_20_seconds)
{
    struct limits *limits = limits_new();
    for (int i = 0; i < LIMIT_MAIL_BURST; i++)
        CHECK_INT(limits_mail(limits, from(1), 0), 0);
    CHECK_INT(limits_mail(limits, from(1), 0), 20);
    CHECK_INT(limits_mail(limits, from(2), 0), 0);
    CHECK_INT(limits_mail(limits, from(1), LIMIT_MAIL_EVERY_MS), 0);
    CHECK_INT(limits_mail(limits, from(1), LIMIT_MAIL_EVERY_MS), 20);
    limits_free(limits);
}

TEST(all_sources_of_an_ipv6_network_ask_as_one)
{
    struct limits *limits = limits_new();
    char text[64];
    for (int i = 0; i <= LIMIT_MAIL_BURST; i++) {
        struct ip ip;
        (void)snprintf(text, sizeof(text), "2001:db8:1:2:%d::1", i);
        CHECK_INT(ip_parse(str_from(text), &ip), OK);
        CHECK_INT(limits_mail(limits, ip, 0), i < LIMIT_MAIL_BURST ? 0 : 20);
    }
    limits_free(limits);
}

TEST(all_sources_together_ask_for_so_many_mails_an_hour_and_one_source_cannot_use_them_up)
{
    struct limits *limits = limits_new();
    limits_set_mails(limits, 10);
    for (int i = 0; i < 1000; i++)
        (void)limits_mail(limits, from(1), 0);
    for (unsigned i = 0; i < 10 - LIMIT_MAIL_BURST; i++)
        CHECK_INT(limits_mail(limits, from(2 + i), 0), 0);
    CHECK_INT(limits_mail(limits, from(100), 0), 361);
    CHECK_INT(limits_mail(limits, from(101), 361000), 0);
    limits_set_mails(limits, 20);
    for (unsigned i = 0; i < 20; i++)
        CHECK_INT(limits_mail(limits, from(200 + i), 362000), 0);
    CHECK(limits_mail(limits, from(300), 362000) > 0);
    limits_free(limits);
}

TEST(an_account_asks_for_another_address_three_times_and_then_once_an_hour)
{
    struct limits *limits = limits_new();
    for (int i = 0; i < LIMIT_MOVE_BURST; i++)
        CHECK_INT(limits_move(limits, 7, 0), 0);
    CHECK_INT(limits_move(limits, 7, 0), 3600);
    CHECK_INT(limits_move(limits, 8, 0), 0);
    limits_free(limits);
}
