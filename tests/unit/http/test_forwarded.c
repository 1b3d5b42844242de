// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/forwarded.h"
#include "test.h"

#include <string.h>

static struct http_head head_of(const char *fields)
{
    static char text[1024];
    static struct http_head head;
    struct buf out = BUF_ON(text);
    buf_put_text(&out, "GET / HTTP/1.1\r\nHost: h.example\r\n");
    buf_put_text(&out, fields);
    buf_put_text(&out, "\r\n");
    CHECK(!out.full);
    CHECK_INT(http_head_parse(buf_str(&out), &head), 0);
    return head;
}

TEST(the_client_of_a_relay_is_the_last_address_that_is_no_relay)
{
    static const struct {
        const char *fields, *source;
    } rows[] = {
        { "", "192.0.2.10" },
        { "X-Forwarded-For: 203.0.113.5\r\n", "203.0.113.5" },
        { "x-forwarded-for:\t203.0.113.5 \r\n", "203.0.113.5" },
        { "X-Forwarded-For: 2001:db8:1::5\r\n", "2001:db8:1::5" },
        { "X-Forwarded-For: ::ffff:203.0.113.5\r\n", "203.0.113.5" },
        { "X-Forwarded-For: 203.0.113.5:4711\r\n", "203.0.113.5" },
        { "X-Forwarded-For: [2001:db8:1::5]:4711\r\n", "2001:db8:1::5" },
        { "X-Forwarded-For: [2001:db8:1::5]\r\n", "2001:db8:1::5" },
        { "X-Forwarded-For: 198.51.100.9, 203.0.113.5\r\n", "203.0.113.5" },
        { "X-Forwarded-For: 203.0.113.5, 192.0.2.11\r\n", "203.0.113.5" },
        { "X-Forwarded-For: 203.0.113.5,192.0.2.11,2001:db8::9\r\n", "203.0.113.5" },
        { "X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-For: 203.0.113.5\r\n",
          "203.0.113.5" },
        { "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-For: 192.0.2.11\r\n",
          "203.0.113.5" },
        { "X-Forwarded-For: 192.0.2.11, 192.0.2.12\r\n", "192.0.2.10" },
        /* What a client made up before the relay added its own word. */
        { "X-Forwarded-For: nonsense, , 203.0.113.5\r\n", "203.0.113.5" },
        { "X-Forwarded-For: 198.51.100.9, unknown\r\n", "192.0.2.10" },
        { "X-Forwarded-For: 198.51.100.9, unknown, 192.0.2.11\r\n", "192.0.2.10" },
        { "X-Forwarded-For: 198.51.100.9,\r\n", "192.0.2.10" },
        { "X-Forwarded-For:\r\n", "192.0.2.10" },
        { "X-Forwarded-For: [203.0.113.5]\r\n", "192.0.2.10" },
        { "X-Forwarded-For: [2001:db8:1::5\r\n", "192.0.2.10" },
        { "X-Forwarded-For: 203.0.113.5:\r\n", "192.0.2.10" },
        { "X-Forwarded-For: 203.0.113.5/32\r\n", "192.0.2.10" },
        { "X-Forwarded-For: 203.0.113.05\r\n", "192.0.2.10" },
        { "Forwarded: for=203.0.113.5\r\n", "192.0.2.10" },
    };
    struct prefix list[2];
    CHECK_INT(prefix_parse(STR("192.0.2.0/24"), &list[0]), OK);
    CHECK_INT(prefix_parse(STR("2001:db8::/48"), &list[1]), OK);
    struct ip peer = { 0 };
    CHECK_INT(ip_parse(STR("192.0.2.10"), &peer), OK);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_head head = head_of(rows[i].fields);
        struct ip source = forwarded_source(&head, peer, (struct prefixes){ list, 2 });
        if (strcmp(ip_text(source), rows[i].source) != 0)
            print_error("for: %s\n", rows[i].fields);
        CHECK_TEXT(ip_text(source), rows[i].source);
    }
}

TEST(only_a_last_word_of_https_means_an_encrypted_client)
{
    static const struct {
        const char *fields;
        bool encrypted;
    } rows[] = {
        { "", false },
        { "X-Forwarded-Proto: https\r\n", true },
        { "x-forwarded-proto: HTTPS\r\n", true },
        { "X-Forwarded-Proto: http, https\r\n", true },
        { "X-Forwarded-Proto: https, http\r\n", false },
        { "X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n", false },
        { "X-Forwarded-Proto: httpss\r\n", false },
        { "X-Forwarded-Proto:\r\n", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_head head = head_of(rows[i].fields);
        CHECK_INT(forwarded_encrypted(&head), rows[i].encrypted);
    }
}
