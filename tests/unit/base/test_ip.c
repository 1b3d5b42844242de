// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "ends.h"
#include "test.h"

static struct ip ip_of(const char *text)
{
    struct ip ip = { 0 };
    CHECK_INT(ip_parse(str_from(text), &ip), OK);
    return ip;
}

static struct prefix prefix_of(const char *text)
{
    struct prefix prefix = { 0 };
    CHECK_INT(prefix_parse(str_from(text), &prefix), OK);
    return prefix;
}

/* All forms of zeros, by the eight groups that are zero or not. */
TEST(ipv6_text_is_as_the_c_library_writes_it)
{
    for (unsigned shape = 0; shape < 256 * 4; shape++) {
        static const uint16_t values[] = { 0x1, 0x20, 0xabc, 0xdef0 };
        struct ip ip = { .family = IP_V6 };
        for (size_t i = 0; i < 8; i++) {
            uint16_t group = shape >> i & 1U ? values[(i + shape / 256) % 4] : 0;
            ip.bytes[2 * i] = (uint8_t)(group >> 8);
            ip.bytes[2 * i + 1] = (uint8_t)(group & 0xff);
        }
        char want[INET6_ADDRSTRLEN];
        CHECK(inet_ntop(AF_INET6, ip.bytes, want, sizeof(want)) != NULL);
        /* It writes some addresses with an IPv4 address in them; no host has such a one. */
        if (!strchr(want, '.'))
            CHECK_TEXT(ip_text(ip), want);
    }
}

TEST(an_address_is_written_in_its_one_usual_form)
{
    static const char *const rows[][2] = {
        { "192.0.2.1", "192.0.2.1" },
        { "0.0.0.0", "0.0.0.0" },
        { "255.255.255.255", "255.255.255.255" },
        { "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
        { "2001:0db8::0001", "2001:db8::1" },
        { "::", "::" },
        { "::1", "::1" },
        { "1::", "1::" },
        { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, /* one group is not cut */
        { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },          /* the longest run is */
        { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },    /* the first of two */
        { "::ffff:192.0.2.1", "192.0.2.1" },
        { "::FFFF:c000:0201", "192.0.2.1" },
        { "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct ip ip = ip_of(rows[i][0]);
        CHECK_TEXT(ip_text(ip), rows[i][1]);
        CHECK(ip_equal(ip_of(rows[i][1]), ip));
    }
}

TEST(what_is_not_exactly_an_address_is_refused)
{
    static const char *const rows[] = {
        "",
        " ",
        ".",
        ":",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "256.0.0.1",
        "1.2.3.0400",
        "01.2.3.4",
        "1.2.3.00",
        "0x1.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.-4",
        "1.2.3.+4",
        "3221225985",
        "1.2.3.4/24",
        "1.2.3.4:53",
        "1.2.3.4\n",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "12345::",
        "g::",
        "[::1]",
        "::1%eth0",
        "::1/64",
        "::1 ",
        " ::1",
        "1:2:3:4:5:6:7::8:9",
        "::ffff:1.2.3",
        "::ffff:01.2.3.4",
        "::ffff:1.2.3.256",
        "1.2.3.4::",
        "example.org",
        "2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8",
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct ip ip = { .family = 77 };
        CHECK_INT(ip_parse(str_from(rows[i]), &ip), ERR_SYNTAX);
        CHECK_INT(ip.family, 77);
    }
    struct ip ip;
    CHECK_INT(ip_parse(str_bytes("::1\0", 4), &ip), ERR_SYNTAX);
    CHECK_INT(ip_parse(str_bytes("1.2.3.4\0", 8), &ip), ERR_SYNTAX);
}

TEST(bytes_of_an_address_come_and_go)
{
    struct ip ip = { .family = IP_NONE };
    CHECK_INT(ip_bytes(&ip).n, 0);
    CHECK_TEXT(ip_text(ip), "");
    CHECK_INT(ip_from_bytes(str_bytes("\xc0\x00\x02\x01", 4), &ip), OK);
    CHECK_TEXT(ip_text(ip), "192.0.2.1");
    CHECK(str_equal(ip_bytes(&ip), str_bytes("\xc0\x00\x02\x01", 4)));

    struct ip six = ip_of("2001:db8::7");
    CHECK_INT(ip_from_bytes(ip_bytes(&six), &ip), OK);
    CHECK(ip_equal(ip, six));
    static const size_t bad[] = { 0, 3, 5, 15, 17 };
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        CHECK_INT(ip_from_bytes(str_bytes("0123456789abcdefghi", bad[i]), &ip),
                  ERR_SYNTAX);
    CHECK(ip_equal(ip, six));
}

TEST(four_texts_can_be_held_at_once)
{
    const char *a = ip_text(ip_of("192.0.2.1")), *b = ip_text(ip_of("192.0.2.2"));
    const char *c = ip_text(ip_of("192.0.2.3")), *d = ip_text(ip_of("192.0.2.4"));
    CHECK_TEXT(a, "192.0.2.1");
    CHECK_TEXT(b, "192.0.2.2");
    CHECK_TEXT(c, "192.0.2.3");
    CHECK_TEXT(d, "192.0.2.4");
}

TEST(socket_addresses_keep_address_and_port)
{
    static const char *const rows[] = { "192.0.2.1", "2001:db8::1" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct sockaddr_storage address;
        socklen_t n = ip_to_sockaddr(ip_of(rows[i]), 5353, &address);
        CHECK_INT(n, i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        uint16_t port = 0;
        CHECK_TEXT(ip_text(ip_from_sockaddr(&address, &port)), rows[i]);
        CHECK_INT(port, 5353);
        CHECK_TEXT(ip_text(ip_from_sockaddr(&address, NULL)), rows[i]);
    }
}

TEST(a_mapped_peer_is_an_ipv4_peer)
{
    struct sockaddr_storage address = { 0 };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    memcpy(&in6.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01", 16);
    memcpy(&address, &in6, sizeof(in6));
    CHECK_TEXT(ip_text(ip_from_sockaddr(&address, NULL)), "192.0.2.1");

    uint16_t port = 7;
    address.ss_family = AF_UNIX;
    CHECK_INT(ip_from_sockaddr(&address, &port).family, IP_NONE);
    CHECK_INT(port, 0);
}

TEST(addresses_are_ordered_by_family_and_then_by_bytes)
{
    static const char *const order[] = { "1.2.3.4", "1.2.4.3", "255.0.0.0",
                                         "::",      "::1",     "ff00::" };
    for (size_t a = 0; a < LENGTH_OF(order); a++) {
        for (size_t b = 0; b < LENGTH_OF(order); b++) {
            int got = ip_compare(ip_of(order[a]), ip_of(order[b]));
            CHECK_INT((got > 0) - (got < 0), (a > b) - (a < b));
        }
    }
    struct ip none = { 0 };
    CHECK(ip_equal(none, none));
    CHECK(ip_compare(none, ip_of("0.0.0.0")) < 0);
}

TEST(each_block_has_its_kind_from_the_first_to_the_last_address)
{
    static const struct {
        const char *first, *last;
        enum ip_kind kind;
    } rows[] = {
        { "0.0.0.0", "0.0.0.0", IP_UNSPECIFIED },
        { "0.0.0.1", "0.255.255.255", IP_SPECIAL },
        { "1.0.0.0", "9.255.255.255", IP_GLOBAL },
        { "10.0.0.0", "10.255.255.255", IP_PRIVATE },
        { "11.0.0.0", "100.63.255.255", IP_GLOBAL },
        { "100.64.0.0", "100.127.255.255", IP_PRIVATE },
        { "100.128.0.0", "126.255.255.255", IP_GLOBAL },
        { "127.0.0.0", "127.255.255.255", IP_SPECIAL },
        { "128.0.0.0", "169.253.255.255", IP_GLOBAL },
        { "169.254.0.0", "169.254.255.255", IP_SPECIAL },
        { "169.255.0.0", "172.15.255.255", IP_GLOBAL },
        { "172.16.0.0", "172.31.255.255", IP_PRIVATE },
        { "172.32.0.0", "191.255.255.255", IP_GLOBAL },
        { "192.0.0.0", "192.0.0.255", IP_SPECIAL },
        { "192.0.1.0", "192.0.1.255", IP_GLOBAL },
        { "192.0.2.0", "192.0.2.255", IP_DOCUMENTATION },
        { "192.0.3.0", "192.31.195.255", IP_GLOBAL },
        { "192.31.196.0", "192.31.196.255", IP_SPECIAL },
        { "192.31.197.0", "192.52.192.255", IP_GLOBAL },
        { "192.52.193.0", "192.52.193.255", IP_SPECIAL },
        { "192.52.194.0", "192.88.98.255", IP_GLOBAL },
        { "192.88.99.0", "192.88.99.255", IP_SPECIAL },
        { "192.88.100.0", "192.167.255.255", IP_GLOBAL },
        { "192.168.0.0", "192.168.255.255", IP_PRIVATE },
        { "192.169.0.0", "192.175.47.255", IP_GLOBAL },
        { "192.175.48.0", "192.175.48.255", IP_SPECIAL },
        { "192.175.49.0", "198.17.255.255", IP_GLOBAL },
        { "198.18.0.0", "198.19.255.255", IP_SPECIAL },
        { "198.20.0.0", "198.51.99.255", IP_GLOBAL },
        { "198.51.100.0", "198.51.100.255", IP_DOCUMENTATION },
        { "198.51.101.0", "203.0.112.255", IP_GLOBAL },
        { "203.0.113.0", "203.0.113.255", IP_DOCUMENTATION },
        { "203.0.114.0", "223.255.255.255", IP_GLOBAL },
        { "224.0.0.0", "239.255.255.255", IP_SPECIAL },
        { "240.0.0.0", "255.255.255.255", IP_SPECIAL },
        { "::", "::", IP_UNSPECIFIED },
        { "::1", "::1", IP_SPECIAL },
        { "::2", "::fffe:ffff:ffff", IP_SPECIAL },
        { "64:ff9b::", "64:ff9b::ffff:ffff", IP_SPECIAL },
        { "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "100::", "100::ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_GLOBAL },
        { "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL }, /* Teredo */
        { "2001:1::1", "2001:1::3", IP_SPECIAL },
        { "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2001:1ff::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", IP_GLOBAL },
        { "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", IP_DOCUMENTATION },
        { "2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_GLOBAL },
        { "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2003::", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", IP_GLOBAL },
        { "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "2620:4f:8001::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_GLOBAL },
        { "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", IP_DOCUMENTATION },
        { "3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_GLOBAL },
        { "4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "fbff::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_PRIVATE },
        { "fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
        { "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_SPECIAL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(ip_kind(ip_of(rows[i].first)), rows[i].kind);
        CHECK_INT(ip_kind(ip_of(rows[i].last)), rows[i].kind);
    }
    CHECK_INT(ip_kind((struct ip){ 0 }), IP_UNSPECIFIED);
}

TEST(a_mapped_address_has_the_kind_of_its_ipv4_address)
{
    CHECK_INT(ip_kind(ip_of("::ffff:10.0.0.1")), IP_PRIVATE);
    CHECK_INT(ip_kind(ip_of("::ffff:8.8.8.8")), IP_GLOBAL);
    CHECK_INT(ip_kind(ip_of("::8.8.8.8")), IP_SPECIAL); /* compatible form */
    CHECK_INT(ip_kind(ip_of("2002:808:808::1")), IP_SPECIAL);
    CHECK_INT(ip_kind(ip_of("64:ff9b::8.8.8.8")), IP_SPECIAL);
}

TEST(prefixes_are_read_strictly_and_written_back)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {
        { "192.0.2.0/24", "192.0.2.0/24" },
        { "192.0.2.1", "192.0.2.1/32" },
        { "192.0.2.1/0", "192.0.2.1/0" },
        { "2001:db8::/32", "2001:db8::/32" },
        { "2001:db8::1", "2001:db8::1/128" },
        { "::/0", "::/0" },
        { "::ffff:192.0.2.1", "192.0.2.1/32" },
        { "192.0.2.0/33", NULL },
        { "2001:db8::/129", NULL },
        { "192.0.2.0/", NULL },
        { "192.0.2.0/024", NULL },
        { "192.0.2.0/ 24", NULL },
        { "192.0.2.0/24/24", NULL },
        { "192.0.2.0/255.255.255.0", NULL },
        { "192.0.2/24", NULL },
        { "/24", NULL },
        { "", NULL },
        { "::ffff:192.0.2.0/120", NULL }, /* whose bits would they be? */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct prefix prefix = { .length = 77 };
        enum status status = prefix_parse(str_from(rows[i].text), &prefix);
        if (!rows[i].want) {
            CHECK_INT(status, ERR_SYNTAX);
            CHECK_INT(prefix.length, 77);
            continue;
        }
        CHECK_INT(status, OK);
        char text[PREFIX_TEXT_SIZE];
        struct buf out = BUF_ON(text);
        prefix_format(prefix, &out);
        CHECK_TEXT(buf_text(&out), rows[i].want);
        CHECK(!out.full);
    }
    char text[PREFIX_TEXT_SIZE];
    struct buf out = BUF_ON(text);
    prefix_format((struct prefix){ 0 }, &out);
    CHECK_INT(out.n, 0);
}

TEST(the_longest_prefix_fits_its_size)
{
    char text[PREFIX_TEXT_SIZE];
    struct buf out = BUF_ON(text);
    prefix_format(prefix_of("2001:db81:db81:db81:db81:db81:db81:db81/128"), &out);
    CHECK_TEXT(buf_text(&out), "2001:db81:db81:db81:db81:db81:db81:db81/128");
    CHECK(!out.full);
}

TEST(a_prefix_has_what_shares_its_bits)
{
    static const struct {
        const char *prefix, *ip;
        bool has;
    } rows[] = {
        { "192.0.2.0/24", "192.0.2.255", true },
        { "192.0.2.77/24", "192.0.2.1", true },
        { "192.0.2.0/24", "192.0.3.0", false },
        { "192.0.2.0/25", "192.0.2.128", false },
        { "192.0.2.128/25", "192.0.2.255", true },
        { "0.0.0.0/0", "255.1.2.3", true },
        { "0.0.0.0/0", "::", false },
        { "::/0", "0.0.0.0", false },
        { "::/0", "ffff::", true },
        { "2001:db8::/33", "2001:db8:8000::", false },
        { "2001:db8::/33", "2001:db8:7fff::", true },
        { "2001:db8::1/128", "2001:db8::1", true },
        { "2001:db8::1/128", "2001:db8::", false },
        { "192.0.2.1/32", "192.0.2.1", true },
        { "192.0.2.1/31", "192.0.2.0", true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(prefix_has(prefix_of(rows[i].prefix), ip_of(rows[i].ip)), rows[i].has);
    CHECK(!prefix_has((struct prefix){ 0 }, (struct ip){ 0 }));
}

TEST(an_address_is_composed_of_a_prefix_and_the_rest)
{
    static const char *const rows[][3] = {
        { "2001:db8:1:2::/64", "::1:2:3:4", "2001:db8:1:2:1:2:3:4" },
        { "2001:db8:1:2::ffff/64", "ff::5", "2001:db8:1:2::5" },
        { "2001:db8:ff00::/36", "0:0:fff:1::9", "2001:db8:ffff:1::9" },
        { "::/0", "2001:db8::1", "2001:db8::1" },
        { "2001:db8::7/128", "::9", "2001:db8::7" },
        { "2001:db8::7/127", "::8", "2001:db8::6" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_TEXT(ip_text(ip_compose(prefix_of(rows[i][0]), ip_of(rows[i][1]))),
                   rows[i][2]);
}

TEST(an_endpoint_is_an_address_and_a_port)
{
    static const struct {
        const char *text, *ip; /* NULL: refused */
        uint16_t port;
    } rows[] = {
        { "192.0.2.1:53", "192.0.2.1", 53 },
        { "[2001:db8::1]:65535", "2001:db8::1", 65535 },
        { "[::]:0", "::", 0 },
        { "192.0.2.1", NULL, 0 },
        { "192.0.2.1:", NULL, 0 },
        { "192.0.2.1:65536", NULL, 0 },
        { "192.0.2.1:53 ", NULL, 0 },
        { "192.0.2.1:53:53", NULL, 0 },
        { "[192.0.2.1]:53", NULL, 0 },
        { "2001:db8::1:53", NULL, 0 },
        { "[2001:db8::1]53", NULL, 0 },
        { "[2001:db8::1]", NULL, 0 },
        { "[2001:db8::1:53", NULL, 0 },
        { "2001:db8::1]:53", NULL, 0 },
        { ":53", NULL, 0 },
        { "[]:53", NULL, 0 },
        { "", NULL, 0 },
        { "localhost:53", NULL, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct ip ip = { .family = 77 };
        uint16_t port = 7;
        enum status status = ip_parse_endpoint(str_from(rows[i].text), &ip, &port);
        CHECK_INT(status, rows[i].ip ? OK : ERR_SYNTAX);
        CHECK_INT(port, rows[i].ip ? rows[i].port : 7);
        if (rows[i].ip)
            CHECK_TEXT(ip_text(ip), rows[i].ip);
        else
            CHECK_INT(ip.family, 77);
    }
}

static void make_address_of_nothing(void)
{
    struct sockaddr_storage address;
    (void)ip_to_sockaddr((struct ip){ 0 }, 53, &address);
}

TEST(no_address_cannot_be_connected_to)
{
    CHECK(ends(make_address_of_nothing));
}
