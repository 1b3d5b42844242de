// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/proxy.h"
#include "test.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 \
    "\xc0\x00\x02\x01\xc6\x33\x64\x02\x12\x67\x00\x50" /* 192.0.2.1 to 198.51.100.2 */
#define V6_NET "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
#define V6 V6_NET "\x01" V6_NET "\x02\x12\x67\x00\x50"
#define MAPPED \
    "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01" V6_NET "\x02\x12\x67\x00\x50"
#define LONGEST "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
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
        /* The text form. */
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\r\nGET /"), OK, 43,
          "192.0.2.1" },
        { BYTES("PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n"), OK, 44,
          "2001:db8::1" },
        { BYTES("PROXY TCP6 " LONGEST " " LONGEST " 65535 65535\r\n"), OK, 104,
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { BYTES("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 4711 80\r\n"), OK, 54,
          "192.0.2.1" },
        { BYTES("PROXY UNKNOWN\r\n"), OK, 15, NULL },
        { BYTES("PROXY UNKNOWN " LONGEST " " LONGEST " 65535 65535\r\n"), OK, 107, NULL },
        { BYTES("PROXY UNKNOWN  " LONGEST " " LONGEST " 65535 65535\r\n"), ERR_SYNTAX, 0,
          NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80"), ERR_NOT_FOUND, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\r"), ERR_NOT_FOUND, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80 1\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80 \r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1  198.51.100.2 4711 80\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 65536\r\n"), ERR_SYNTAX, 0,
          NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 -1 80\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2 198.51.100.2 4711 80\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 nobody 4711 80\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 2001:db8::1 2001:db8::2 4711 80\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP6 2001:db8::1 192.0.2.1 4711 80\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY UDP4 192.0.2.1 198.51.100.2 4711 80\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY UNKNOWNS\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\0\r\n"), ERR_SYNTAX, 0, NULL },
        { BYTES("proxy TCP4 192.0.2.1 198.51.100.2 4711 80\r\n"), ERR_SYNTAX, 0, NULL },
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
