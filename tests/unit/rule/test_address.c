// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "rule/address.h"

enum flags {
    FOLLOW = 1,       /* mode follow */
    ROBIN = 2,        /* round robin */
    WAS_OFFLINE = 4,  /* the host's state */
    GO_OFFLINE = 8,   /* the request's word */
    STRICT = 16,      /* private and documentation addresses are not allowed */
    RENUMBER = 32,    /* the token has the prefix right */
    INTERFACE = 64,   /* the host has the interface id ::211:22ff:fe33:4455, subnet 3 */
    IS_OFFLINE = 128, /* wanted: the host is offline afterwards */
};

/* Texts for people: values are separated by ';', "P:" marks a prefix parameter, "S:" one
 * whose name is not known; lists of addresses by ','. NULL: none. */
struct row {
    const char *values, *source, *now;
    unsigned flags;
    enum rule_verdict verdict;
    const char *wanted, *reply, *prefix;
};

enum {
    VALUES_MAX = 24
};

static const uint8_t interface_id[8] = { 0x02, 0x11, 0x22, 0xff, 0xfe, 0x33, 0x44, 0x55 };

static void add_ip(struct addresses *all, struct ip ip)
{
    if (ip.family == IP_V4)
        all->v4.at[all->v4.count++] = ip;
    else
        all->v6.at[all->v6.count++] = ip;
}

static struct addresses addresses_of(const char *text)
{
    struct addresses all = { .v4.count = 0 };
    for (struct str rest = str_from(text), piece; str_next(&rest, ',', &piece);) {
        struct ip ip = { .family = IP_NONE };
        CHECK(ip_parse(piece, &ip) == OK);
        add_ip(&all, ip);
    }
    return all;
}

static void put_list(struct buf *out, const struct ip *ips, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (out->n)
            buf_put_u8(out, ',');
        ip_format(ips[i], out);
    }
}

static size_t values_of(const char *text, struct rule_value *values)
{
    size_t count = 0;
    for (struct str rest = str_from(text), piece;
         text && str_next_field(&rest, ';', &piece);) {
        enum rule_role role = str_starts(piece, STR("P:"))   ? RULE_PREFIX
                              : str_starts(piece, STR("S:")) ? RULE_STRANGE
                                                             : RULE_ADDRESS;
        CHECK(count < VALUES_MAX);
        values[count++] = (struct rule_value){
            .role = role, .text = str_from_at(piece, role == RULE_ADDRESS ? 0 : 2)
        };
    }
    return count;
}

static void decide(const struct row *row, struct rule_decision *out)
{
    struct rule_value values[VALUES_MAX];
    struct rule_host host = {
        .withdraws = (row->flags & FOLLOW) != 0,
        .offline = (row->flags & WAS_OFFLINE) != 0,
        .round_robin = (row->flags & ROBIN) != 0,
        .private_allowed = !(row->flags & STRICT),
    };
    if (row->flags & INTERFACE) {
        memcpy(host.interface_id, interface_id, sizeof(interface_id));
        host.subnet = 3;
    }
    const struct addresses now = addresses_of(row->now);
    struct rule_request request = { .values = values,
                                    .count = values_of(row->values, values),
                                    .offline = (row->flags & GO_OFFLINE) != 0,
                                    .may_renumber = (row->flags & RENUMBER) != 0 };
    if (row->source)
        CHECK(ip_parse(str_from(row->source), &request.source) == OK);
    host.now = &now;
    rule_decide(&request, &host, out);
}

static void check_text(const struct row *row, const char *what, struct buf *got,
                       const char *want)
{
    const char *text = buf_text(got);
    CHECK(!got->full);
    if (strcmp(text, want ? want : "") == 0)
        return;
    print_error("values '%s' from %s with %s: %s is '%s'\n",
                row->values ? row->values : "-", row->source ? row->source : "-",
                row->now ? row->now : "-", what, text);
    CHECK_TEXT(text, want ? want : "");
}

static void check_row(const struct row *row)
{
    static const char *const verdicts[] = { "change", "same", "bad ip" };
    struct rule_decision got;
    decide(row, &got);
    char wanted_storage[1024], reply_storage[1024], prefix_storage[64], word_storage[16];
    struct buf wanted = BUF_ON(wanted_storage), reply = BUF_ON(reply_storage),
               prefix = BUF_ON(prefix_storage), word = BUF_ON(word_storage);
    put_list(&wanted, got.wanted.v4.at, got.wanted.v4.count);
    put_list(&wanted, got.wanted.v6.at, got.wanted.v6.count);
    put_list(&reply, got.reply, got.reply_count);
    if (got.has_prefix)
        prefix_format(got.prefix, &prefix);
    buf_put_text(&word, verdicts[got.verdict]);
    check_text(row, "verdict", &word, verdicts[row->verdict]);
    check_text(row, "wanted", &wanted, row->wanted);
    check_text(row, "reply", &reply, row->reply);
    check_text(row, "prefix", &prefix, row->prefix);
    CHECK(got.offline == ((row->flags & IS_OFFLINE) != 0));
}

#define CHECK_ROWS(rows) \
    for (size_t i_ = 0; i_ < LENGTH_OF(rows); i_++) \
    check_row(&(rows)[i_])

#define V4 "192.0.2.1"
#define V4B "198.51.100.7"
#define V6 "2001:db8::1"
#define V6B "2001:db8:1:200::7"

/* protocols: where the address of each family comes from, row by row as most services have
 * it. */
TEST(a_family_that_is_not_named_stays_and_nothing_named_means_the_source)
{
    static const struct row rows[] = {
        /* no address parameter */
        { NULL, V4B, V4 "," V6, 0, RULE_CHANGE, V4B "," V6, V4B, NULL },
        { NULL, V6B, V4 "," V6, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        { NULL, V4, V4 "," V6, 0, RULE_SAME, V4 "," V6, V4, NULL },
        { NULL, V4, NULL, 0, RULE_CHANGE, V4, V4, NULL },
        /* empty value */
        { "", V4B, V4 "," V6, 0, RULE_CHANGE, V4B "," V6, V4B, NULL },
        { ";", V6B, V4 "," V6, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        /* only IPv6 in myip */
        { V6B, V4B, V4 "," V6, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        { V6B, V4B, NULL, 0, RULE_CHANGE, V6B, V6B, NULL },
        /* both, as a comma list in either order and as two parameters */
        { V4B "," V6B, V4, V4 "," V6, 0, RULE_CHANGE, V4B "," V6B, V4B "," V6B, NULL },
        { V6B "," V4B, V4, V4 "," V6, 0, RULE_CHANGE, V4B "," V6B, V6B "," V4B, NULL },
        { V4B ";" V6B, V4, NULL, 0, RULE_CHANGE, V4B "," V6B, V4B "," V6B, NULL },
        /* leave a family: omit it */
        { V4B, V6B, V4 "," V6, 0, RULE_CHANGE, V4B "," V6, V4B, NULL },
        /* delete a family: nothing but the offline word deletes */
        { NULL, V4, V4 "," V6, GO_OFFLINE | IS_OFFLINE, RULE_CHANGE, NULL, NULL, NULL },
        /* one value invalid: the valid one applies and is listed alone */
        { V4B ",nonsense", V4, V4 "," V6, 0, RULE_CHANGE, V4B "," V6, V4B, NULL },
        { "nonsense;" V6B, V4, V4 "," V6, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        { "nonsense", V4B, V4 "," V6, 0, RULE_BAD_IP, V4 "," V6, NULL, NULL },
        /* private address: refused unless allowed */
        { "192.168.1.7", V4B, V4, STRICT, RULE_BAD_IP, V4, NULL, NULL },
        { "192.168.1.7", V4B, V4, 0, RULE_CHANGE, "192.168.1.7", "192.168.1.7", NULL },
        /* ::ffff:a.b.c.d is IPv4 */
        { "::ffff:198.51.100.7", V6, V4 "," V6, 0, RULE_CHANGE, V4B "," V6, V4B, NULL },
        /* addr/len: see the tests of prefixes */
        { "2001:db8:1:200::7/64", V4, V4, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
    };
    CHECK_ROWS(rows);
}

TEST(one_value_is_read_in_all_its_forms)
{
    static const struct row rows[] = {
        /* 1: commas, blanks, brackets, empty pieces */
        { " " V4B " , [" V6B "] ,", V4, NULL, 0, RULE_CHANGE, V4B "," V6B, V4B "," V6B,
          NULL },
        { ",," V4B ",,", V6, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { ",,,", V4B, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "[" V4B "]", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "[]", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "[" V6B, V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "[[" V6B "]]", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "[" V6B "]/64", V4, NULL, 0, RULE_CHANGE, V6B, V6B, NULL },
        { "[" V6B "/64]", V4, NULL, 0, RULE_CHANGE, V6B, V6B, NULL },
        { "2001:DB8:1:200:0:0:0:7", V4, NULL, 0, RULE_CHANGE, V6B, V6B, NULL },
        /* 2: mapped, zone ids, lengths, odd notations */
        { "[::ffff:198.51.100.7]", V4, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "::ffff:c633:6407", V4, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "::ffff:198.51.100.7/32", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "::ffff:198.51.100.7/128", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "fe80::1%eth0", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "2001:db8::7%25eth0", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V4B "/32", V4, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { V4B "/24", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V4B "/33", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V4B "/", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V6B "/128", V4, NULL, 0, RULE_CHANGE, V6B, V6B, NULL },
        { V6B "/129", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V6B "/0", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V6B "/-64", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V6B "/64/64", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "[" V6B "]:8080", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V4B ":8080", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "0306.063.0144.07", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "198.51.100.007", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "0xc6336407", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "0xc6.0x33.0x64.0x07", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "3325256711", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "198.51.25607", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "198.51.100", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "198.51.100.256", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "198.51.100.7.", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "2001:db8::1::7", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        /* 3: zero counts as absent; with something else it has no say */
        { "0.0.0.0", V4B, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "::", V4B, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "0.0.0.0,::", V6B, V4, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        { "0.0.0.0/0", V4B, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "::/0", V4B, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "::/x", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "::ffff:0.0.0.0", V4B, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "0.0.0.0," V6B, V4B, V4, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        /* words that single dialects know are none here */
        { "auto", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "preserve", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "no", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "-", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "<ip6addr>", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V4B ",<ip6addr>", V4, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        { V4B ";preserve", V4, V4 "," V6, 0, RULE_CHANGE, V4B "," V6, V4B, NULL },
        { "1.1.1.1", V4B, V4, 0, RULE_CHANGE, "1.1.1.1", "1.1.1.1", NULL },
        /* values that clients merge */
        { "198.51.100.1nas.example.org", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "203.0.113.7/nic/update?system=dyndns", V4B, V4, 0, RULE_BAD_IP, V4, NULL,
          NULL },
        { "2001:db8:1:200::/647656:ab00:1:2", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { V4B ";2001:db8:1:200::/647656:ab00:1:2", V4B, V4 "," V6, RENUMBER, RULE_CHANGE,
          V4B "," V6, V4B, NULL },
        /* 4: never publishable */
        { "127.0.0.1", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "224.0.0.1," V4B, V4, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "169.254.1.1", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "255.255.255.255", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "fe80::1", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "::1", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        /* 6: the source is judged too */
        { NULL, "10.0.0.1", V4, STRICT, RULE_BAD_IP, V4, NULL, NULL },
        { NULL, "10.0.0.1", V4, 0, RULE_CHANGE, "10.0.0.1", "10.0.0.1", NULL },
        { "", "127.0.0.1", V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "", NULL, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        /* 7: a bad value does not bring the source in */
        { "junk,127.0.0.1", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        /* 8: what is valid applies */
        { "127.0.0.1," V6B, V4B, V4, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        /* 9: the comparison */
        { V4 "," V6, V4B, V4 "," V6, 0, RULE_SAME, V4 "," V6, V4 "," V6, NULL },
        { V6 "," V4, V4B, V4 "," V6, 0, RULE_SAME, V4 "," V6, V6 "," V4, NULL },
        { V4, V4B, V4 "," V6, 0, RULE_SAME, V4 "," V6, V4, NULL },
    };
    CHECK_ROWS(rows);
}

TEST(of_several_addresses_the_last_counts_or_all_where_the_host_keeps_several)
{
    static const struct row rows[] = {
        { V4B "," V4, V4, V4B, 0, RULE_CHANGE, V4, V4, NULL },
        { V4B "," V4, V4, V4, 0, RULE_SAME, V4, V4, NULL },
        { V4 "," V4B "," V4, V6, NULL, 0, RULE_CHANGE, V4, V4, NULL },
        { V4 "," V6 "," V4, V6, NULL, 0, RULE_CHANGE, V4 "," V6, V4 "," V6, NULL },
        { V4 "," V6 "," V4B, V6, NULL, 0, RULE_CHANGE, V4B "," V6, V6 "," V4B, NULL },
        { V4B ",junk", V6, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { V4B "," V4, V6, V4, ROBIN, RULE_CHANGE, V4B "," V4, V4B "," V4, NULL },
        { V4B "," V4, V6, V4 "," V4B, ROBIN, RULE_SAME, V4B "," V4, V4B "," V4, NULL },
        { V4 "," V4 "," V4B "," V4, V6, NULL, ROBIN, RULE_CHANGE, V4 "," V4B, V4 "," V4B,
          NULL },
        { V4, V6, V4 "," V4B "," V6, ROBIN, RULE_CHANGE, V4 "," V6, V4, NULL },
        /* of another size, and of the same size with one repeated in the store */
        { V4 "," V4B, V6, V4, ROBIN, RULE_CHANGE, V4 "," V4B, V4 "," V4B, NULL },
        /* at most eight, the first ones */
        { "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5,192.0.2.6,192.0.2.7,"
          "192.0.2.8,192.0.2.9," V6,
          V6, NULL, ROBIN, RULE_CHANGE,
          "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5,192.0.2.6,192.0.2.7,"
          "192.0.2.8," V6,
          "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5,192.0.2.6,192.0.2.7,"
          "192.0.2.8," V6,
          NULL },
    };
    CHECK_ROWS(rows);
}

TEST(a_host_that_follows_its_device_has_only_what_the_update_named)
{
    static const struct row rows[] = {
        { V4B, V6, V4 "," V6, FOLLOW, RULE_CHANGE, V4B, V4B, NULL },
        { V6B, V4, V4 "," V6, FOLLOW, RULE_CHANGE, V6B, V6B, NULL },
        { NULL, V4, V4 "," V6, FOLLOW, RULE_CHANGE, V4, V4, NULL },
        { V4 "," V6, V4, V4 "," V6, FOLLOW, RULE_SAME, V4 "," V6, V4 "," V6, NULL },
        { V4, V4, V4, FOLLOW, RULE_SAME, V4, V4, NULL },
        { "junk", V4, V4 "," V6, FOLLOW, RULE_BAD_IP, V4 "," V6, NULL, NULL },
        /* a prefix for others says nothing of where the device is */
        { "P:2001:db8:1::/56", V4, V4 "," V6, FOLLOW | RENUMBER, RULE_SAME, V4 "," V6,
          V4 "," V6, "2001:db8:1::/56" },
    };
    CHECK_ROWS(rows);
}

TEST(a_host_goes_offline_by_word_and_comes_back_with_an_address)
{
    static const struct row rows[] = {
        { NULL, V4, V4 "," V6, GO_OFFLINE | IS_OFFLINE, RULE_CHANGE, NULL, NULL, NULL },
        { V4B, V4, V4, GO_OFFLINE | IS_OFFLINE, RULE_CHANGE, NULL, NULL, NULL },
        { "P:2001:db8:1::/56", V4, V4, GO_OFFLINE | IS_OFFLINE | RENUMBER, RULE_CHANGE,
          NULL, NULL, NULL },
        { NULL, V4, NULL, GO_OFFLINE | IS_OFFLINE, RULE_CHANGE, NULL, NULL, NULL },
        { NULL, V4, NULL, GO_OFFLINE | WAS_OFFLINE | IS_OFFLINE, RULE_SAME, NULL, NULL,
          NULL },
        { V4, V6, NULL, WAS_OFFLINE, RULE_CHANGE, V4, V4, NULL },
        /* set offline by hand: the addresses are still known */
        { V4, V6, V4, WAS_OFFLINE, RULE_CHANGE, V4, V4, NULL },
        { NULL, V4, V4, GO_OFFLINE | WAS_OFFLINE | IS_OFFLINE, RULE_CHANGE, NULL, NULL,
          NULL },
        /* neither a bad value nor a prefix for others brings it back */
        { "junk", V4, V4, WAS_OFFLINE | IS_OFFLINE, RULE_BAD_IP, V4, NULL, NULL },
        { "P:2001:db8:1::/56", V4, NULL, WAS_OFFLINE | IS_OFFLINE | RENUMBER, RULE_SAME,
          NULL, NULL, "2001:db8:1::/56" },
    };
    CHECK_ROWS(rows);
}

TEST(an_address_under_a_strange_name_counts_where_no_known_name_spoke_of_its_family)
{
    static const struct row rows[] = {
        { "S:" V6B, V4B, V4 "," V6, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        { V4B ";S:" V6B, V4, V4 "," V6, 0, RULE_CHANGE, V4B "," V6B, V4B "," V6B, NULL },
        { "S:" V6B ";" V4B, V4, NULL, 0, RULE_CHANGE, V4B "," V6B, V4B "," V6B, NULL },
        { "S:" V4 ";" V4B, V6, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { V4B ";S:" V4 "," V6B, V6, NULL, 0, RULE_CHANGE, V4B "," V6B, V4B "," V6B,
          NULL },
        /* what is absent says nothing of its family; what may not be published does */
        { "0.0.0.0;S:" V4B, V4, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "127.0.0.1;S:" V4B, V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "<ip6addr>;S:" V6B, V4, V4, 0, RULE_CHANGE, V4 "," V6B, V6B, NULL },
        /* meant as an address, and none */
        { "S:203.0.113.256", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { "S:0.0.0.0", V4B, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        /* the last one, or all of them */
        { "S:" V4 ";S:" V4B, V6, NULL, 0, RULE_CHANGE, V4B, V4B, NULL },
        { "S:" V4 ";S:" V4B, V6, NULL, ROBIN, RULE_CHANGE, V4 "," V4B, V4 "," V4B, NULL },
        { V4 ";S:" V4B, V6, NULL, ROBIN, RULE_CHANGE, V4, V4, NULL },
        /* a prefix beside a known whole address is for followers */
        { V6 ";S:2001:db8:9:900::/64", V4, NULL, RENUMBER, RULE_CHANGE, V6, V6,
          "2001:db8:9:900::/64" },
        { V6 ";P:2001:db8:9:800::/64;S:2001:db8:9:900::/64", V4, NULL, RENUMBER,
          RULE_CHANGE, V6, V6, "2001:db8:9:800::/64" },
    };
    CHECK_ROWS(rows);
}

#define ID "::1a2b:3c4d:5e6f:7890"

TEST(an_interface_id_and_a_prefix_are_put_together)
{
    static const struct row rows[] = {
        { ID ";P:2001:db8:9:900::/64", V4B, V4 "," V6, 0, RULE_CHANGE,
          V4 ",2001:db8:9:900:1a2b:3c4d:5e6f:7890", "2001:db8:9:900:1a2b:3c4d:5e6f:7890",
          NULL },
        { ID ";P:2001:db8:9:900::/64", V4B, NULL, RENUMBER, RULE_CHANGE,
          "2001:db8:9:900:1a2b:3c4d:5e6f:7890", "2001:db8:9:900:1a2b:3c4d:5e6f:7890",
          "2001:db8:9:900::/64" },
        { ID ";P:2001:db8:9:900::/64", V4B, "2001:db8:9:900:1a2b:3c4d:5e6f:7890", 0,
          RULE_SAME, "2001:db8:9:900:1a2b:3c4d:5e6f:7890",
          "2001:db8:9:900:1a2b:3c4d:5e6f:7890", NULL },
        /* in either order, within one list, with a length, in brackets */
        { "2001:db8:9:900::/64;[" ID "]/64;" V4B, V4, NULL, 0, RULE_CHANGE,
          V4B ",2001:db8:9:900:1a2b:3c4d:5e6f:7890",
          V4B ",2001:db8:9:900:1a2b:3c4d:5e6f:7890", NULL },
        { "::1,2001:db8:9:900::/64", V4, NULL, 0, RULE_CHANGE, "2001:db8:9:900::1",
          "2001:db8:9:900::1", NULL },
        { "::192.0.2.1;P:2001:db8:9:900::/64", V4, NULL, 0, RULE_CHANGE,
          "2001:db8:9:900::c000:201", "2001:db8:9:900::c000:201", NULL },
        /* a shorter prefix: the id's subnet number, else the host's */
        { "::12:1a2b:3c4d:5e6f:7890;P:2001:db8:9:900::/56", V4, NULL, INTERFACE,
          RULE_CHANGE, "2001:db8:9:912:1a2b:3c4d:5e6f:7890",
          "2001:db8:9:912:1a2b:3c4d:5e6f:7890", NULL },
        { ID ";P:2001:db8:9:900::/56", V4, NULL, INTERFACE, RULE_CHANGE,
          "2001:db8:9:903:1a2b:3c4d:5e6f:7890", "2001:db8:9:903:1a2b:3c4d:5e6f:7890",
          NULL },
        { ID ";P:2001:db8:9:900::/64", V4, NULL, INTERFACE, RULE_CHANGE,
          "2001:db8:9:900:1a2b:3c4d:5e6f:7890", "2001:db8:9:900:1a2b:3c4d:5e6f:7890",
          NULL },
        { "::112:0:0:0:1;P:2001:db8:9:900::/56", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        /* without a prefix it is no address; a whole address says more */
        { ID, V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { ID ";P:2001:db8:9:900::", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { ID ";P:", V4B, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        { ID ";" V4B, V4, V4, 0, RULE_CHANGE, V4B, V4B, NULL },
        { ID ";" V6 ";P:2001:db8:9:900::/64", V4, NULL, 0, RULE_CHANGE, V6, V6, NULL },
        { "::1;::2;P:2001:db8:9:900::/64", V4, NULL, 0, RULE_CHANGE, "2001:db8:9:900::2",
          "2001:db8:9:900::2", NULL },
        { ID ";P:2001:db8:9:900::/64", V4, V4, STRICT, RULE_BAD_IP, V4, NULL, NULL },
        { ID ";P:fe80::/64", V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
        /* the box's own address, under a name that nobody knows, does not come before it */
        { ID ";P:2001:db8:9:900::/64;S:" V6, V4, NULL, 0, RULE_CHANGE,
          "2001:db8:9:900:1a2b:3c4d:5e6f:7890", "2001:db8:9:900:1a2b:3c4d:5e6f:7890",
          NULL },
        { ID ";S:" V6, V4, V4, 0, RULE_BAD_IP, V4, NULL, NULL },
    };
    CHECK_ROWS(rows);
}

/* What was passed over: number of the value, of the piece in it, and why. */
static void describe_ignored(const struct rule_decision *decision, struct buf *out)
{
    for (size_t i = 0; i < decision->ignored_count; i++) {
        const struct rule_ignored *one = &decision->ignored[i];
        buf_put_text(out, i ? "; " : "");
        if (one->piece == RULE_WHOLE)
            buf_printf(out, "%d ", one->value);
        else
            buf_printf(out, "%d.%d ", one->value, one->piece);
        buf_put_text(out, rule_why_word((enum rule_why)one->why));
    }
    (void)buf_text(out);
}

TEST(what_has_no_part_in_the_decision_is_told_with_the_reason)
{
    static const struct {
        const char *values;
        unsigned flags;
        const char *want;
    } rows[] = {
        { NULL, 0, "" },
        { V4 "," V6, 0, "" },
        { ",0.0.0.0;::/0", 0, "" },
        { V4B ",nonsense;127.0.0.1", 0, "0.1 no address; 1.0 may not be published" },
        { "10.0.0.1;" V4, STRICT, "0.0 may not be published; 1.0 may not be published" },
        { V4B "," V4 ";" V4, 0, "0.0 another one counts" },
        { V4B "," V4 "/24", 0, "0.1 no prefix of 48 to 64 bits" },
        { V6 ";P:2001:db8:9:900::", RENUMBER, "1.0 a prefix without length" },
        { V6 ";P:2001:db8:9::/40", RENUMBER, "1.0 no prefix of 48 to 64 bits" },
        { V6 ";P:2001:db8:9:900::/64", 0, "1.0 the token has no right to a prefix" },
        { V6 ";P:2001:db8:9:900::/64", RENUMBER, "" },
        { "2001:db8:9:900::7/64", 0, "0.0 the token has no right to a prefix" },
        /* for the host itself it needs no right */
        { "2001:db8:9:900::/64", INTERFACE, "0.0 the token has no right to a prefix" },
        { "2001:db8:9:900::/56", INTERFACE, "" },
        { ID ";P:2001:db8:9:900::/64", 0, "" },
        { ID ";" V4, 0, "0.0 an interface id without a prefix for it" },
        { ID ";" V6, 0, "0.0 another one counts" },
        { "P:2001:db8:8::/64;P:2001:db8:9::/64;P:2001:db8:9::/64", RENUMBER,
          "0.0 another one counts" },
        { V4B ";S:" V4 "," V6, 0, "1.0 another one counts" },
        { V4B ";S:" V4 "," V6, GO_OFFLINE, "0 offline goes first; 1 offline goes first" },
        { "a,b,c,d,e,f,g,h,i,j", 0,
          "0.0 no address; 0.1 no address; 0.2 no address; 0.3 no address; 0.4 no "
          "address; 0.5 no address; 0.6 no address; 0.7 no address" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct row row = { .values = rows[i].values,
                                 .source = V4,
                                 .flags = rows[i].flags };
        struct rule_decision got;
        char text[512];
        struct buf out = BUF_ON(text);
        decide(&row, &got);
        describe_ignored(&got, &out);
        if (!str_equal(buf_str(&out), str_from(rows[i].want)))
            print_error("row %zu\n", i);
        CHECK_TEXT(text, rows[i].want);
        CHECK(got.from_source == (i == 0 || i == 2));
    }
}

#define P64 "2001:db8:9:900::/64"
#define P56 "2001:db8:9:900::/56"

TEST(a_prefix_moves_the_host_and_its_followers_as_the_request_means_it)
{
    static const struct row rows[] = {
        /* the router sends the prefix: the stored lower bits move into it */
        { P64, V4, V6B, RENUMBER, RULE_CHANGE, "2001:db8:9:900::7", "2001:db8:9:900::7",
          P64 },
        { P64, V4, V4 "," V6B, 0, RULE_CHANGE, V4 ",2001:db8:9:900::7",
          "2001:db8:9:900::7", NULL },
        { P64, V4, "2001:db8:9:900::7", RENUMBER, RULE_SAME, "2001:db8:9:900::7",
          "2001:db8:9:900::7", P64 },
        /* shorter ones keep the subnet number */
        { P56, V4, "2001:db8:1:207::7", RENUMBER, RULE_CHANGE, "2001:db8:9:907::7",
          "2001:db8:9:907::7", P56 },
        { "2001:db8:9:900::/60", V4, "2001:db8:1:20f::7", 0, RULE_CHANGE,
          "2001:db8:9:90f::7", "2001:db8:9:90f::7", NULL },
        { "2001:db8:9:900::/62", V4, "2001:db8:1:203::7", 0, RULE_CHANGE,
          "2001:db8:9:903::7", "2001:db8:9:903::7", NULL },
        { "2001:db8:9:900::/63", V4, "2001:db8:1:203::7", 0, RULE_CHANGE,
          "2001:db8:9:901::7", "2001:db8:9:901::7", NULL },
        { "2001:db8:9::/48", V4, "2001:db8:1:2f3::7", 0, RULE_CHANGE, "2001:db8:9:2f3::7",
          "2001:db8:9:2f3::7", NULL },
        /* no stored address: the interface id and the subnet */
        { P56, V4, V4, RENUMBER | INTERFACE, RULE_CHANGE,
          V4 ",2001:db8:9:903:211:22ff:fe33:4455", "2001:db8:9:903:211:22ff:fe33:4455",
          P56 },
        { P64, V4, V4, RENUMBER | INTERFACE, RULE_SAME, V4, V4, P64 },
        /* the stored one goes before the interface id */
        { P64, V4, V6B, INTERFACE, RULE_CHANGE, "2001:db8:9:900::7", "2001:db8:9:900::7",
          NULL },
        /* neither: followers only */
        { P64, V4B, V4, RENUMBER, RULE_SAME, V4, V4, P64 },
        { P64, V4B, NULL, RENUMBER, RULE_SAME, NULL, NULL, P64 },
        { P64, V4B, V4, 0, RULE_SAME, V4, V4, NULL },
        /* the router sends its own address with a length */
        { "2001:db8:9:900:aaaa::1/64", V4, V6B, RENUMBER, RULE_CHANGE,
          "2001:db8:9:900:aaaa::1", "2001:db8:9:900:aaaa::1", P64 },
        { "2001:db8:9:911::1/56", V4, V6B, RENUMBER, RULE_CHANGE, "2001:db8:9:911::1",
          "2001:db8:9:911::1", P56 },
        { "2001:db8:9:911::1/56", V4, V6B, 0, RULE_CHANGE, "2001:db8:9:911::1",
          "2001:db8:9:911::1", NULL },
        { "2001:db8:9:900::1/128", V4, V6B, RENUMBER, RULE_CHANGE, "2001:db8:9:900::1",
          "2001:db8:9:900::1", NULL },
        /* lengths that no home has */
        { "2001:db8::/32", V4, V6B, RENUMBER, RULE_BAD_IP, V6B, NULL, NULL },
        { "2001:db8::/47", V4, V6B, RENUMBER, RULE_BAD_IP, V6B, NULL, NULL },
        { "2001:db8:9:900::/65", V4, V6B, RENUMBER, RULE_BAD_IP, V6B, NULL, NULL },
        { "2001:db8:9:900::1/120", V4, V6B, RENUMBER, RULE_BAD_IP, V6B, NULL, NULL },
        /* a prefix parameter never sets the host's own address */
        { "P:" P64, V4B, V4 "," V6B, RENUMBER, RULE_SAME, V4 "," V6B, V4 "," V6B, P64 },
        { "P:2001:db8:9:900:1::5/64", V4B, V6B, RENUMBER, RULE_SAME, V6B, V6B, P64 },
        { "P:[" P64 "]", V4B, V6B, RENUMBER, RULE_SAME, V6B, V6B, P64 },
        { "P:" P64, V4B, V4, 0, RULE_SAME, V4, V4, NULL },
        { V4B ";P:" P64, V4, V4, RENUMBER, RULE_CHANGE, V4B, V4B, P64 },
        { "P:;P:", V4B, V4, RENUMBER, RULE_CHANGE, V4B, V4B, NULL },
        { "P:::/0", V4B, V4, RENUMBER, RULE_CHANGE, V4B, V4B, NULL },
        { "P:2001:db8:9:900::", V4B, V4, RENUMBER, RULE_BAD_IP, V4, NULL, NULL },
        { "P:192.0.2.0/24", V4B, V4, RENUMBER, RULE_BAD_IP, V4, NULL, NULL },
        { "P:2001:db8::/32", V4B, V4, RENUMBER, RULE_BAD_IP, V4, NULL, NULL },
        { "P:fe80::/64", V4B, V4, RENUMBER, RULE_BAD_IP, V4, NULL, NULL },
        { "P:::1:0:0:0:1/64", V4B, V4, RENUMBER, RULE_BAD_IP, V4, NULL, NULL },
        { "P:" P64, V4B, V4, RENUMBER | STRICT, RULE_BAD_IP, V4, NULL, NULL },
        { "P:2600:0:9:900::/64", V4B, V4, RENUMBER | STRICT, RULE_SAME, V4, V4,
          "2600:0:9:900::/64" },
        /* a wrong prefix does not stop a right address, nor the other way round */
        { V4B ";P:junk", V4, V4, RENUMBER, RULE_CHANGE, V4B, V4B, NULL },
        { "junk;P:" P64, V4B, V4, RENUMBER, RULE_BAD_IP, V4, NULL, NULL },
        /* several: the last one; a whole address says more than a prefix */
        { "P:2001:db8:1::/64;P:" P64, V4B, V4, RENUMBER, RULE_SAME, V4, V4, P64 },
        { "2001:db8:1::/64," P64, V4B, V6B, RENUMBER, RULE_CHANGE, "2001:db8:9:900::7",
          "2001:db8:9:900::7", P64 },
        { V6 "," P64, V4B, V6B, RENUMBER, RULE_CHANGE, V6, V6, P64 },
        { P64 "," V6, V4B, V6B, RENUMBER, RULE_CHANGE, V6, V6, P64 },
        { P64 "," V4B, V4, V4 "," V6B, 0, RULE_CHANGE, V4B ",2001:db8:9:900::7",
          V4B ",2001:db8:9:900::7", NULL },
        /* a host with several addresses takes all of them along */
        { P64, V4B, "2001:db8::5,2001:db8::6", ROBIN, RULE_CHANGE,
          "2001:db8:9:900::5,2001:db8:9:900::6", "2001:db8:9:900::5,2001:db8:9:900::6",
          NULL },
        { P64, V4B, "2001:db8::5,2001:db8::6", 0, RULE_CHANGE, "2001:db8:9:900::5",
          "2001:db8:9:900::5", NULL },
    };
    CHECK_ROWS(rows);
}

TEST(a_fritzbox_without_ipv4_changes_only_its_ipv6_and_its_network)
{
    static const struct row rows[] = {
        { ";2001:db8:1:200::1;P:2001:db8:1:200::/64", V6B, V4 "," V6, RENUMBER,
          RULE_CHANGE, V4 ",2001:db8:1:200::1", "2001:db8:1:200::1",
          "2001:db8:1:200::/64" },
        { V4B ";2001:db8:1:200::1;P:2001:db8:1:200::/56", V6B, V4 "," V6, RENUMBER,
          RULE_CHANGE, V4B ",2001:db8:1:200::1", V4B ",2001:db8:1:200::1",
          "2001:db8:1:200::/56" },
        { V4B ";;P:", V6B, V4 "," V6, RENUMBER, RULE_CHANGE, V4B "," V6, V4B, NULL },
        { ";2001:db8:1:200::1;P:<ip6lanprefix>", V6B, V4 "," V6, RENUMBER, RULE_CHANGE,
          V4 ",2001:db8:1:200::1", "2001:db8:1:200::1", NULL },
    };
    CHECK_ROWS(rows);
}

/* One address of every block of the registries, by itself and wrapped in each other form. */
TEST(addresses_of_special_ranges_are_refused_in_every_form)
{
    static const char *const special[] = {
        "0.0.0.1",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.1",
        "192.0.0.1",
        "192.0.0.170",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
        "192.175.48.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::127.0.0.1",
        "::ffff:0:1.2.3.4",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:1::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2002:808:808::1",
        "2002:7f00:1::1",
        "2620:4f:8000::1",
        "5f00::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "::ffff:224.0.0.1",
    };
    static const char *const guarded[] = {
        "10.0.0.1",   "172.16.0.1",         "172.31.255.255",  "192.168.0.1",
        "100.64.0.1", "100.127.255.255",    "fc00::1",         "fdff::1",
        "192.0.2.1",  "198.51.100.1",       "203.0.113.1",     "2001:db8::1",
        "3fff::1",    "::ffff:192.168.0.1", "::ffff:10.0.0.1",
    };
    static const char *const ordinary[] = {
        "1.0.0.1",    "9.255.255.255", "11.0.0.0",    "100.63.255.255", "100.128.0.0",
        "172.15.0.1", "172.32.0.1",    "192.167.0.1", "192.169.0.1",    "198.17.0.1",
        "198.20.0.1", "223.255.255.1", "2600::1",     "2a00::1",        "2003::1",
    };
    struct rule_decision got;
    for (size_t i = 0; i < LENGTH_OF(special); i++) {
        for (unsigned strict = 0; strict <= STRICT; strict += STRICT) {
            const struct row row = { .values = special[i],
                                     .source = V4B,
                                     .flags = strict };
            decide(&row, &got);
            CHECK_INT(got.verdict, RULE_BAD_IP);
            const struct row as_source = { .source = special[i], .flags = strict };
            decide(&as_source, &got);
            CHECK_INT(got.verdict, RULE_BAD_IP);
        }
    }
    for (size_t i = 0; i < LENGTH_OF(guarded); i++) {
        const struct row strict = { .values = guarded[i], .flags = STRICT };
        const struct row allowed = { .values = guarded[i] };
        decide(&strict, &got);
        CHECK_INT(got.verdict, RULE_BAD_IP);
        decide(&allowed, &got);
        CHECK_INT(got.verdict, RULE_CHANGE);
    }
    for (size_t i = 0; i < LENGTH_OF(ordinary); i++) {
        const struct row row = { .values = ordinary[i], .flags = STRICT };
        decide(&row, &got);
        CHECK_INT(got.verdict, RULE_CHANGE);
        CHECK_TEXT(ip_text(got.reply[0]), ordinary[i]);
    }
}

TEST(the_decision_tells_which_families_it_decided)
{
    static const struct {
        struct row row;
        bool v4, v6;
    } rows[] = {
        { { .values = V4B, .now = V4 "," V6 }, true, false },
        { { .values = V6B, .now = V4 "," V6 }, false, true },
        { { .values = V4B "," V6B }, true, true },
        { { .values = V4B, .flags = FOLLOW }, true, true },
        { { .values = "P:" P64, .flags = FOLLOW }, false, false },
        { { .source = V6 }, false, true },
        { { .values = "junk" }, false, false },
        { { .flags = GO_OFFLINE }, true, true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct rule_decision got;
        decide(&rows[i].row, &got);
        CHECK(got.decides_v4 == rows[i].v4);
        CHECK(got.decides_v6 == rows[i].v6);
    }
}

static struct prefix prefix_of(const char *text)
{
    struct prefix prefix = { .length = 0 };
    CHECK(prefix_parse(str_from(text), &prefix) == OK);
    return prefix;
}

TEST(a_followers_address_is_prefix_subnet_and_interface_id)
{
    static const struct {
        const char *prefix;
        uint16_t subnet;
        const char *want; /* NULL: does not fit */
    } rows[] = {
        { "2001:db8:1:200::/64", 0, "2001:db8:1:200:211:22ff:fe33:4455" },
        { "2001:db8:1:200::/64", 1, NULL },
        { "2001:db8:1:200::/63", 1, "2001:db8:1:201:211:22ff:fe33:4455" },
        { "2001:db8:1:200::/63", 2, NULL },
        { "2001:db8:1:200::/56", 0xff, "2001:db8:1:2ff:211:22ff:fe33:4455" },
        { "2001:db8:1:200::/56", 0x100, NULL },
        { "2001:db8:1:277:1::9/56", 3, "2001:db8:1:203:211:22ff:fe33:4455" },
        { "2001:db8:1::/48", 0xffff, "2001:db8:1:ffff:211:22ff:fe33:4455" },
        { "2001:db8::/47", 0, NULL },
        { "2001:db8::/65", 0, NULL },
        { "192.0.2.0/24", 0, NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct ip ip = { .family = IP_NONE };
        enum status status =
            rule_follow(prefix_of(rows[i].prefix), rows[i].subnet, interface_id, &ip);
        CHECK_INT(status, rows[i].want ? OK : ERR_LIMIT);
        CHECK_TEXT(rows[i].want ? ip_text(ip) : "", rows[i].want ? rows[i].want : "");
        CHECK(rows[i].want || ip.family == IP_NONE);
    }
}

TEST(a_follower_is_numbered_by_its_interface_id_or_by_what_it_has)
{
    static const struct {
        bool has_id;
        uint16_t subnet;
        bool offline;
        const char *now, *want; /* NULL: left alone */
    } rows[] = {
        { true, 0, false, NULL, "2001:db8:9:900:211:22ff:fe33:4455" },
        { true, 0, false, V4 "," V6B, V4 ",2001:db8:9:900:211:22ff:fe33:4455" },
        { true, 0, false, V6, "2001:db8:9:900:211:22ff:fe33:4455" },
        { true, 1, false, V6, NULL },
        { false, 0, false, V6B, "2001:db8:9:900::7" },
        { false, 0, false, V6 "," V6B, "2001:db8:9:900::1" },
        { false, 0, false, V4, NULL },
        { true, 0, true, NULL, NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct rule_host host = { .offline = rows[i].offline, .subnet = rows[i].subnet };
        if (rows[i].has_id)
            memcpy(host.interface_id, interface_id, sizeof(interface_id));
        const struct addresses now = addresses_of(rows[i].now);
        host.now = &now;
        struct addresses wanted = { .v4.count = 0 };
        const struct rule_decision decision = { .prefix = prefix_of(P64),
                                                .private_allowed = true };
        bool moved = rule_renumber(&decision, &host, &wanted);
        CHECK(moved == (rows[i].want != NULL));
        const struct addresses want = addresses_of(rows[i].want);
        CHECK(addresses_equal(&wanted, &want));
    }
}

TEST(a_follower_takes_a_private_prefix_only_where_it_may)
{
    static const struct {
        bool operator_allows, host_allows, moves;
    } rows[] = { { false, false, false }, { true, false, true }, { false, true, true } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct rule_decision decision = { .prefix = prefix_of("fd00:1:2:3::/64"),
                                                .private_allowed =
                                                    rows[i].operator_allows };
        const struct addresses now = { .v4.count = 0 };
        const struct rule_host host = { .now = &now,
                                        .private_here = rows[i].host_allows,
                                        .interface_id = { 0, 0, 0, 0, 0, 0, 0, 5 } };
        struct addresses wanted = { .v4.count = 0 };
        CHECK(rule_renumber(&decision, &host, &wanted) == rows[i].moves);
        CHECK_INT((int)wanted.v6.count, rows[i].moves ? 1 : 0);
    }
}
