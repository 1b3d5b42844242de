// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "rule/challenge.h"

#define VALUE "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN-_0"

TEST(a_value_is_a_digest_in_base64url)
{
    static const struct {
        const char *text;
        bool is_value, is_token;
    } rows[] = {
        { VALUE, true, true },
        { VALUE "1", false, true },
        { "x", false, true },
        { "", false, false },
        { "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN-_=", false, false },
        { "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN+/0", false, false },
        { ".", false, false },
        { "..", false, false },
        { "a/b", false, false },
        { "a.b", false, false },
        { "a b", false, false },
        { "\xc3\xa4", false, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(challenge_is_value(str_from(rows[i].text)), rows[i].is_value);
        CHECK_INT(challenge_is_token(str_from(rows[i].text)), rows[i].is_token);
    }
    CHECK(!challenge_is_token(STR("a\0b")));
}

TEST(a_token_has_a_longest_name)
{
    char text[CHALLENGE_TOKEN_MAX + 1];
    memset(text, 'x', sizeof(text));
    CHECK(challenge_is_token(str_bytes(text, CHALLENGE_TOKEN_MAX)));
    CHECK(!challenge_is_token(str_bytes(text, sizeof(text))));
}

TEST(host_and_name_of_the_values_lead_to_each_other)
{
    struct name host, name;
    CHECK_INT(name_parse(STR("home.example.org"), &host, NULL), OK);
    CHECK_INT(challenge_name(&host, &name), OK);
    CHECK_TEXT(name_text(&name), "_acme-challenge.home.example.org");
    CHECK_STR(challenge_host(STR("_ACME-challenge.home.example.org")),
              "home.example.org");
    CHECK_STR(challenge_host(STR("home.example.org")), "home.example.org");
    CHECK_STR(challenge_host(STR("_acme-challenge")), "_acme-challenge");
}

TEST(a_host_whose_name_is_too_long_has_no_values)
{
    char text[NAME_TEXT_SIZE];
    struct buf out = BUF_ON(text);
    struct name host, name = { .n = 7 };
    for (int i = 0; i < 120; i++)
        buf_put_text(&out, "a.");
    buf_put_text(&out, "b");
    CHECK_INT(name_parse(buf_str(&out), &host, NULL), OK);
    CHECK_INT(challenge_name(&host, &name), ERR_LIMIT);
    CHECK_INT(name.n, 7);
}

TEST(the_value_for_a_key_authorization_is_one)
{
    char value[DIGEST_SHA256_TEXT_SIZE];
    challenge_value(
        STR("DGyRejmCefe7v4NfDGDKfA.nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerQ"), value);
    CHECK_TEXT(value, "7jA2151xpbTyfxMNKklicPs72v971pawrANV6sk5_ZA");
    CHECK(challenge_is_value(str_from(value)));
}
