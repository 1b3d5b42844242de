// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/query.h"

#include "base/buf.h"
#include "test.h"

struct pair {
    const char *name, *value; /* NULL name: the end; NULL value: has none */
};

TEST(pairs_are_split_and_decoded)
{
    static const struct {
        const char *raw;
        struct pair pairs[4];
    } rows[] = {
        { "", { { 0 } } },
        { "&", { { 0 } } },
        { "&&a=b&&", { { "a", "b" } } },
        { "a=1&b=2&a=3", { { "a", "1" }, { "b", "2" }, { "a", "3" } } },
        { "a", { { "a", NULL } } },
        { "a&b", { { "a", NULL }, { "b", NULL } } },
        { "a=", { { "a", "" } } },
        { "=v", { { "", "v" } } },
        { "=", { { "", "" } } },
        { "a=b=c", { { "a", "b=c" } } },
        { "a+b=c+d", { { "a b", "c d" } } },
        { "a%2Bb=%41%3a%3A", { { "a+b", "A::" } } },
        { "a=%26%3D&b=", { { "a", "&=" }, { "b", "" } } },
        { "a=%", { { "a", "%" } } },
        { "a=%4", { { "a", "%4" } } },
        { "a=%zz%4g%g4", { { "a", "%zz%4g%g4" } } },
        { "a=%%41", { { "a", "%A" } } },
        { "a=%2541", { { "a", "%41" } } },
        { "h=x?y=z", { { "h", "x?y=z" } } },
        { "p=\xc3\xbc%C3%BC\xfc", { { "p", "\xc3\xbc\xc3\xbc\xfc" } } },
        { "p=a b#c;d", { { "p", "a b#c;d" } } },
    };
    struct arena *arena = arena_new(256);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_param params[HTTP_PARAMS_MAX];
        size_t count = 0;
        CHECK_INT(http_query_parse(str_from(rows[i].raw), arena, params, &count), OK);
        size_t want = 0;
        for (; want < 4 && rows[i].pairs[want].name; want++) {
            const struct pair *pair = &rows[i].pairs[want];
            CHECK(want < count);
            CHECK_STR(params[want].name, pair->name);
            CHECK_STR(params[want].value, pair->value ? pair->value : "");
            CHECK_INT(params[want].has_value, pair->value != NULL);
        }
        CHECK_INT(count, want);
    }
    arena_free(arena);
}

TEST(an_escaped_zero_is_a_byte_like_others)
{
    struct arena *arena = arena_new(256);
    struct http_param params[HTTP_PARAMS_MAX];
    size_t count = 0;
    CHECK_INT(http_query_parse(STR("a=x%00y"), arena, params, &count), OK);
    CHECK_INT(params[0].value.n, 3);
    CHECK_INT(params[0].value.at[1], 0);
    arena_free(arena);
}

TEST(there_is_a_limit_for_both_parts_together)
{
    struct arena *arena = arena_new(256);
    struct http_param params[HTTP_PARAMS_MAX];
    size_t count = 0;
    char raw[256];
    struct buf text = BUF_ON(raw);
    for (int i = 0; i < HTTP_PARAMS_MAX - 1; i++)
        buf_put_text(&text, "a=b&");
    CHECK_INT(http_query_parse(buf_str(&text), arena, params, &count), OK);
    CHECK_INT(http_query_parse(STR("last=1"), arena, params, &count), OK);
    CHECK_INT(count, HTTP_PARAMS_MAX);
    CHECK_INT(http_query_parse(STR("&"), arena, params, &count), OK);
    CHECK_INT(http_query_parse(STR("c=d"), arena, params, &count), ERR_LIMIT);
    CHECK_INT(count, HTTP_PARAMS_MAX);
    CHECK_STR(params[HTTP_PARAMS_MAX - 1].name, "last");
    arena_free(arena);
}

TEST(basic_credentials_are_read_in_every_form_that_clients_send)
{
    static const struct {
        const char *value;
        enum status status;
        const char *user, *password;
    } rows[] = {
        { "Basic dXNlcjpwYXNz", OK, "user", "pass" },
        { "basic dXNlcjpwYXNz", OK, "user", "pass" },
        { "BASIC    dXNlcjpwYXNz  ", OK, "user", "pass" },
        { "Basic dXNlcjpwYXNzdw==", OK, "user", "passw" },
        { "Basic dXNlcjpwYXNzdw=", OK, "user", "passw" },
        { "Basic dXNlcjpwYXNzdw", OK, "user", "passw" },
        { "Basic dXNlcjpwYXNzd28=", OK, "user", "passwo" },
        { "Basic dXNlcjpwYXNzd28", OK, "user", "passwo" },
        { "Basic Og==", OK, "", "" },
        { "Basic Ojp4", OK, "", ":x" },
        { "Basic YUBiLmV4YW1wbGU6YTpiOmM=", OK, "a@b.example", "a:b:c" },
        { "Basic dTr8/+8+", OK, "u", "\xfc\xff\xef>" },
        { "Basic dTo/Pz8=", OK, "u", "???" },
        { "", ERR_NOT_FOUND, NULL, NULL },
        { "Bearer abc", ERR_NOT_FOUND, NULL, NULL },
        { "BasicdXNlcjpwYXNz", ERR_NOT_FOUND, NULL, NULL },
        { "Basi dXNlcjpwYXNz", ERR_NOT_FOUND, NULL, NULL },
        { "Basic", ERR_SYNTAX, NULL, NULL },
        { "Basic ====", ERR_SYNTAX, NULL, NULL },
        { "Basic dXNlcg==", ERR_SYNTAX, NULL, NULL }, /* no colon */
        { "Basic dXNlcjpwYXNz=x", ERR_SYNTAX, NULL, NULL },
        { "Basic dXNlcjpwY", ERR_SYNTAX, NULL, NULL },
        { "Basic dXNl cjpwY\tXNz", OK, "user", "pass" },
        { "Basic\tdXNlcjpwYXNz", OK, "user", "pass" },
        { "Basic dXNl cjpwY", ERR_SYNTAX, NULL, NULL },
        { "Basic dXNlcjp-YXN_", ERR_SYNTAX, NULL, NULL },
        { "Basic dXNlcjpw\xff\xff\xff\xff", ERR_SYNTAX, NULL, NULL },
    };
    struct arena *arena = arena_new(256);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct str user = { 0 }, password = { 0 };
        CHECK_INT(http_basic_parse(str_from(rows[i].value), arena, &user, &password),
                  rows[i].status);
        if (!rows[i].status) {
            CHECK_STR(user, rows[i].user);
            CHECK_STR(password, rows[i].password);
        } else {
            CHECK(!user.at && !password.at);
        }
    }
    arena_free(arena);
}
