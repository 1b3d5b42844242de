// SPDX-License-Identifier: GPL-3.0-or-later
/* What relays say, read by itself: PROXY heads and X-Forwarded-For. */
#include "http/forwarded.h"
#include "http/proxy.h"
#include "test.h"

#include <string.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 \
    "\xc0\x00\x02\x01\xc6\x33\x64\x02\x12\x67\x00\x50" /* 192.0.2.1 to 198.51.100.2 */
#define V6_NET "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
#define V6 V6_NET "\x01" V6_NET "\x02\x12\x67\x00\x50"
#define MAPPED \
    "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01" V6_NET "\x02\x12\x67\x00\x50"
#define BYTES(text) \
    { \
        (text), sizeof(text) - 1 \
    }

TEST(a_proxy_head_is_good_or_bad_and_never_guessed)
{
    static const struct {
        struct str bytes;
        enum status status;
        size_t size;
        const char *source; /* NULL: the relay's own */
    } rows[] = {
        { BYTES(SIGNATURE "\x21\x11\0\x0c" V4 "GET /"), OK, 28, "192.0.2.1" },
        { BYTES(SIGNATURE "\x21\x21\0\x24" V6 "GET /"), OK, 52, "2001:db8::1" },
        { BYTES(SIGNATURE "\x21\x21\0\x24" MAPPED), OK, 52, "192.0.2.1" },
        { BYTES(SIGNATURE "\x21\x11\0\x14" V4 "\x04\0\x05"
                          "12345"),
          OK, 36, "192.0.2.1" },
        { BYTES(SIGNATURE "\x20\0\0\0GET /"), OK, 16, NULL },
        { BYTES(SIGNATURE "\x20\x11\0\x0c" V4), OK, 28, NULL },
        { BYTES(SIGNATURE "\x20\xff\0\x03"
                          "abc"),
          OK, 19, NULL },
        { BYTES(""), ERR_NOT_FOUND, 0, NULL },
        { BYTES("\r\n\r\n"), ERR_NOT_FOUND, 0, NULL },
        { BYTES(SIGNATURE "\x21\x11\0\x0c"
                          "\xc0\0\x02"),
          ERR_NOT_FOUND, 0, NULL },
        { BYTES(SIGNATURE "\x21\x11\x0f\xf0"), ERR_NOT_FOUND, 0,
          NULL }, /* 4,096 in all */
        { BYTES(SIGNATURE "\x21\x11\x0f\xf1"), ERR_SYNTAX, 0, NULL },
        { BYTES(SIGNATURE "\x20\x11\xff\xff"), ERR_SYNTAX, 0, NULL },
        { BYTES("G"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("\r\n\r\n\0\r\nQUIT\r"), ERR_SYNTAX, 0, NULL },
        { BYTES(SIGNATURE "\x11\x11\0\x0c" V4), ERR_SYNTAX, 0, NULL }, /* version 1 */
        { BYTES(SIGNATURE "\x31\x11\0\x0c" V4), ERR_SYNTAX, 0, NULL },
        { BYTES(SIGNATURE "\x22\x11\0\x0c" V4), ERR_SYNTAX, 0, NULL }, /* command 2 */
        { BYTES(SIGNATURE "\x21\x00\0\x00"), ERR_SYNTAX, 0, NULL },    /* no family */
        { BYTES(SIGNATURE "\x21\x12\0\x0c" V4), ERR_SYNTAX, 0, NULL }, /* datagrams */
        { BYTES(SIGNATURE "\x21\x22\0\x24" V6), ERR_SYNTAX, 0, NULL },
        { BYTES(SIGNATURE "\x21\x31\0\x24" V6), ERR_SYNTAX, 0,
          NULL }, /* a local socket */
        { BYTES(SIGNATURE "\x21\x11\0\x0b" V4), ERR_SYNTAX, 0, NULL },
        { BYTES(SIGNATURE "\x21\x21\0\x0c" V4), ERR_SYNTAX, 0, NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct proxy_head head = { 0 };
        CHECK_INT(proxy_head_parse(rows[i].bytes, &head), rows[i].status);
        CHECK_INT(head.size, rows[i].size);
        if (rows[i].status)
            continue;
        CHECK_INT(head.local, rows[i].source == NULL);
        CHECK_TEXT(ip_text(head.source), rows[i].source ? rows[i].source : "");
        for (size_t n = 0; n < head.size; n++)
            CHECK_INT(proxy_head_parse(str_first(rows[i].bytes, n), &head),
                      ERR_NOT_FOUND);
    }
}

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
