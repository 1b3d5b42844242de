// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "account/token.h"
#include "base/json.h"
#include "base/mem.h"

static struct ip ip_of(const char *text)
{
    struct ip ip = { .family = IP_NONE };
    CHECK(ip_parse(str_from(text), &ip) == OK);
    return ip;
}

static struct prefix prefix_of(const char *text)
{
    struct prefix prefix = { .length = 0 };
    CHECK(prefix_parse(str_from(text), &prefix) == OK);
    return prefix;
}

TEST(a_new_token_has_the_form_and_the_length_that_was_asked_for)
{
    static const struct {
        bool short_form;
        size_t n;
    } rows[] = { { false, 3 + 24 }, { true, 3 + 16 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[TOKEN_TEXT_SIZE];
        token_make(rows[i].short_form, text);
        CHECK_INT(strlen(text), rows[i].n);
        CHECK(token_is_formed(str_from(text)));
    }
}

TEST(new_tokens_differ_and_use_every_character_at_every_place)
{
    char before[TOKEN_TEXT_SIZE] = "";
    bool seen[24][256] = { { false } };
    for (int i = 0; i < 2000; i++) {
        char text[TOKEN_TEXT_SIZE];
        token_make(false, text);
        CHECK(strcmp(text, before) != 0);
        memcpy(before, text, sizeof(text));
        for (size_t j = 0; j < 24; j++)
            seen[j][(unsigned char)text[3 + j]] = true;
    }
    /* 2000 draws of 32 characters miss one of them with a chance of e^-62. */
    for (size_t j = 0; j < 24; j++) {
        size_t count = 0;
        for (size_t c = 0; c < 256; c++)
            count += seen[j][c];
        CHECK_INT(count, 32);
    }
}

TEST(only_texts_of_the_tokens_form_are_taken_for_tokens)
{
    static const struct {
        const char *text;
        bool formed;
    } rows[] = {
        { "rv_0123456789abcdefghjkmnpq", true },
        { "rv_rstvwxyz01234567", true },
        { "", false },
        { "rv_", false },
        { "rv_0123456789abcdefghjkmnp", false },   /* one short */
        { "rv_0123456789abcdefghjkmnpqr", false }, /* one long */
        { "rv_rstvwxyz0123456", false },
        { "rv_rstvwxyz0123456l", false }, /* a look-alike */
        { "rv_rstvwxyz0123456i", false },
        { "rv_rstvwxyz0123456o", false },
        { "rv_rstvwxyz0123456u", false },
        { "rv_RSTVWXYZ01234567", false },
        { "RV_rstvwxyz01234567", false },
        { "rx_rstvwxyz01234567", false },
        { "rv_rstvwxyz0123456%", false },
        { "rv_rstvwxyz0123456 ", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK(token_is_formed(str_from(rows[i].text)) == rows[i].formed);
    CHECK(!token_is_formed(STR("rv_rstvwxyz0123456\0")));
}

TEST(the_digest_needs_the_pepper_and_the_whole_secret)
{
    struct keys a = { .pepper = { 1 } }, b = { .pepper = { 2 } };
    struct digest digest = token_digest(&a, STR("rv_rstvwxyz01234567"));
    CHECK(digest_equal(digest, token_digest(&a, STR("rv_rstvwxyz01234567"))));
    CHECK(!digest_equal(digest, token_digest(&b, STR("rv_rstvwxyz01234567"))));
    CHECK(!digest_equal(digest, token_digest(&a, STR("rv_rstvwxyz01234566"))));
}

TEST(a_description_holds_the_digest_and_little_of_the_secret)
{
    static const struct {
        const char *secret, *hint;
        bool weak;
    } rows[] = {
        { "rv_0123456789abcdefghjkmnpq", "01234567", false },
        { "rv_rstvwxyz01234567", "rstv", true },
    };
    const struct keys keys = { .pepper = { 7 }, .pepper_version = 3 };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct token_row row = { .id = 5, .hint = "zzzzzzzz" };
        token_describe(&keys, str_from(rows[i].secret), &row);
        CHECK_TEXT(row.hint, rows[i].hint);
        CHECK(row.weak == rows[i].weak);
        CHECK_INT(row.key_version, 3);
        CHECK(digest_equal(row.digest, token_digest(&keys, str_from(rows[i].secret))));
        CHECK_INT(row.id, 5);
    }
}

TEST(a_token_acts_in_its_time_from_its_networks_with_its_rights)
{
    static const struct {
        int64_t expires_s, now_s;
        const char *networks[2];
        const char *source;
        unsigned rights, right;
        enum token_verdict want;
    } rows[] = {
        { 0, 1000, { NULL }, "192.0.2.1", RIGHT_ADDRESS, RIGHT_ADDRESS, TOKEN_OK },
        { 1000, 999, { NULL }, "192.0.2.1", RIGHT_ADDRESS, RIGHT_ADDRESS, TOKEN_OK },
        { 1000,
          1000,
          { NULL },
          "192.0.2.1",
          RIGHT_ADDRESS,
          RIGHT_ADDRESS,
          TOKEN_EXPIRED },
        { 0,
          1000,
          { "192.0.2.0/24" },
          "192.0.2.255",
          RIGHT_ADDRESS,
          RIGHT_ADDRESS,
          TOKEN_OK },
        { 0,
          1000,
          { "192.0.2.0/24" },
          "192.0.3.0",
          RIGHT_ADDRESS,
          RIGHT_ADDRESS,
          TOKEN_WRONG_NETWORK },
        { 0,
          1000,
          { "192.0.2.0/24", "2001:db8::/32" },
          "2001:db8:ffff::1",
          RIGHT_ADDRESS,
          RIGHT_ADDRESS,
          TOKEN_OK },
        { 0,
          1000,
          { "192.0.2.0/24" },
          "2001:db8::1",
          RIGHT_ADDRESS,
          RIGHT_ADDRESS,
          TOKEN_WRONG_NETWORK },
        { 0, 1000, { NULL }, "192.0.2.1", RIGHT_TXT, RIGHT_ADDRESS, TOKEN_NO_RIGHT },
        { 0,
          1000,
          { NULL },
          "192.0.2.1",
          RIGHT_TXT | RIGHT_ADDRESS,
          RIGHT_ADDRESS,
          TOKEN_OK },
        { 0,
          1000,
          { NULL },
          "192.0.2.1",
          RIGHT_ADDRESS,
          RIGHT_ADDRESS | RIGHT_PREFIX,
          TOKEN_NO_RIGHT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct token_row token = { .rights = rows[i].rights,
                                   .expires_s = rows[i].expires_s };
        while (token.network_count < 2 && rows[i].networks[token.network_count]) {
            token.networks[token.network_count] =
                prefix_of(rows[i].networks[token.network_count]);
            token.network_count++;
        }
        CHECK_INT(
            token_judge(&token, rows[i].right, ip_of(rows[i].source), rows[i].now_s),
            rows[i].want);
    }
}

TEST(a_token_has_the_hosts_on_its_list_and_no_others)
{
    const struct token_row token = { .host_ids = { 4, 9, 13 }, .host_count = 2 };
    CHECK(token_has_host(&token, 4));
    CHECK(token_has_host(&token, 9));
    CHECK(!token_has_host(&token, 13)); /* past the count */
    CHECK(!token_has_host(&token, 0));
}

TEST(the_networks_of_a_token_are_a_list_of_texts)
{
    static const char *const wants[] = { "[]", "[\"192.0.2.0/24\"]",
                                         "[\"192.0.2.0/24\",\"2001:db8::/32\"]" };
    struct token_row token = { .networks = { prefix_of("192.0.2.0/24"),
                                             prefix_of("2001:db8::/32") } };
    for (size_t i = 0; i < LENGTH_OF(wants); i++) {
        token.network_count = i;
        CLEANUP(json_freep) struct json *list = token_networks_json(&token);
        CLEANUP(mem_freep) char *text = json_text(list);
        CHECK_TEXT(text, wants[i]);
    }
}
