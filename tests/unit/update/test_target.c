// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "update/target.h"

static const struct {
    const char *raw, *path, *query;
} rows[] = {
    { "/nic/update", "/nic/update", "" },
    { "/nic/update?", "/nic/update", "" },
    { "/nic/update?a=b", "/nic/update", "a=b" },
    { "/", "/", "" },
    { "", "/", "" },
    { "*", "/*", "" },
    /* Users' typing and UniFi. */
    { "//nic/update?a=b", "/nic/update", "a=b" },
    { "/nic//update///?a=b", "/nic/update", "a=b" },
    { "/\\/nic/update?a=b", "/nic/update", "a=b" },
    { "\\nic\\update?a=b\\c", "/nic/update", "a=b\\c" },
    { "nic/update?a=b", "/nic/update", "a=b" },
    { "/nic/update/?a=b", "/nic/update", "a=b" },
    { "?a=b", "/", "a=b" },
    /* Escapes in the path, once. */
    { "/nic%2Fupdate?a=b", "/nic/update", "a=b" },
    { "%2fnic%2f%2fupdate%2f", "/nic/update", "" },
    { "/nic%5C%75pdate", "/nic/update", "" },
    { "/%2f?/nic/update?a=b", "/nic/update", "a=b" },
    /* A whole URL. */
    { "http://ddns.example.org/nic/update?a=b", "/nic/update", "a=b" },
    { "HTTPS://ddns.example.org:443//nic/update?a=b", "/nic/update", "a=b" },
    { "http://ddns.example.org?a=b", "/", "a=b" },
    { "http://ddns.example.org", "/", "" },
    /* Two URLs in one: FRITZ!OS 05.50, escaped or not. */
    { "/nic/update%20http:/ipv6.example.org/nic/update", "/nic/update", "" },
    { "/nic/update http://ipv6.example.org/nic/update?a=b", "/nic/update", "a=b" },
    { "/nic/update?a=1 http://ipv6.example.org/nic/update?b=2", "/nic/update",
      "a=1&http://ipv6.example.org/nic/update&b=2" },
    { "/nic/update?a=1%20HTTPS://x/nic/update?b=2", "/nic/update",
      "a=1&HTTPS://x/nic/update&b=2" },
    /* A second '?' where '&' was meant. */
    { "/update?a=1&b=home/nic/update?c=2&d=3", "/update",
      "a=1&b=home/nic/update&c=2&d=3" },
    { "/nic/update?\?a=1?", "/nic/update", "&a=1&" },
    /* The path behind the '?'. */
    { "/?/nic/update?a=b", "/nic/update", "a=b" },
    { "/?\?/nic/update", "/", "&/nic/update" },
    { "?http://ddns.example.org/nic/update", "/", "http://ddns.example.org/nic/update" },
    /* Left alone: blanks in values, escapes, dots, anything that is no path of ours. */
    { "/nic/update?a=b c&d=%20e", "/nic/update", "a=b c&d=%20e" },
    { "/nic%252Fupdate?a=%2F", "/nic%2Fupdate", "a=%2F" },
    { "/nic/%zz%2", "/nic/%zz%2", "" },
    { "/./nic/../update", "/./nic/../update", "" },
    { "/http://x/y", "/http:/x/y", "" },
};

TEST(every_odd_spelling_leads_to_one_path_and_one_query)
{
    struct arena *arena = arena_new(4096);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct target target;
        target_normalise(str_from(rows[i].raw), arena, &target);
        if (!str_equal(target.path, str_from(rows[i].path)) ||
            !str_equal(target.query, str_from(rows[i].query)))
            print_error("row %zu: %s\n", i, rows[i].raw);
        CHECK_STR(target.path, rows[i].path);
        CHECK_STR(target.query, rows[i].query);
    }
    arena_free(arena);
}

TEST(a_plain_target_is_not_copied)
{
    static const char raw[] = "/nic/update?hostname=home.example.org&myip=203.0.113.7";
    struct arena *arena = arena_new(4096);
    struct target target;
    target_normalise(str_from(raw), arena, &target);
    CHECK(target.path.at == raw);
    CHECK(target.query.at == raw + strlen("/nic/update?"));
    arena_free(arena);
}
