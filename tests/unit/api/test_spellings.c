// SPDX-License-Identifier: GPL-3.0-or-later
/* How devices, forums and manuals spell addresses: each one counts or is refused, and that is
 * told to who looks after the service. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "spell.h"

static struct spell spell;

/* ----- addresses ----- */

/* Names out of manuals, forums and services' forms, and some that nobody has thought of. */
static const char names[] =
    "myip ip address addr ipaddr dnsto a ipv4 ip4 myipv4 ipv4addr myipv6 ipv6 ip6 aaaa "
    "ipv6addr myip6 myip4 ip4addr ip6addr ipaddr4 ipaddr6 ipaddress ipAddress IPAddress "
    "ip_address ip-address ip_addr ip-addr ip_v4 ip-v4 ip_v6 ipv6-address ipv6_address "
    "IPv6Address ip6address address4 address6 addr4 addr6 v4 v6 inet inet6 my_ip my-ip "
    "my_ipv6 MyIPv6Addr myaddr myaddress newip new_ip newipv6 newaddress wanip wan_ip "
    "wan_ipv6 wan wanip6 publicip public_ip publicipv6 externalip external_ip extip "
    "currentip current_ip clientip client_ip remoteip remote_ip reqip hostip hostipv6 "
    "internetip ipadresse ip1 ip_1 ip[] value content data rdata record target dest to "
    "result x foo webip iplist ipvx ipsix dynip dyndns_ip zip 6 4 _ %20myip myip%20 "
    "elastic_ip placeholder_ip";

TEST(an_address_counts_whatever_its_parameter_is_called)
{
    size_t count = 0;
    spell_open(&spell, "");
    for (struct str rest = str_from(names), name; str_next(&rest, ' ', &name); count++) {
        static const struct {
            const char *address, *all;
        } rows[] = { { V4, V4 " " OLD6 }, { V6, OLD4 " " V6 } };
        for (size_t i = 0; i < LENGTH_OF(rows); i++) {
            char query[128] = "", want[64];
            struct buf out = BUF_ON(query);
            buf_put(&out, name);
            buf_printf(&out, "=%s", rows[i].address);
            (void)buf_text(&out);
            (void)snprintf(want, sizeof(want), "good %s\n", rows[i].address);
            spell_start_anew(&spell);
            const char *body = spell_update(&spell, query);
            if (strcmp(body, want) != 0)
                print_error("%s\n", query);
            CHECK_TEXT(body, want);
            spell_check_addresses(&spell, query, rows[i].all);
            spell_check_told(&spell, query, "taken", rows[i].address);
            spell_check_told(&spell, query, "ignored", "");
        }
    }
    CHECK(count > 90);
    spell_close(&spell);
}

/* Of requests as they come: what is told, what the host has then, and what did not count. */
struct row {
    const char *query, *reply, *all, *ignored;
};

static void check_row(const struct row *row)
{
    spell_start_anew(&spell);
    const char *body = spell_update(&spell, row->query);
    if (strcmp(body, row->reply) != 0)
        print_error("%s\n", row->query);
    CHECK_TEXT(body, row->reply);
    spell_check_addresses(&spell, row->query, row->all);
    spell_check_told(&spell, row->query, "ignored", row->ignored);
}

TEST(templates_of_routers_bring_both_families)
{
    static const struct row rows[] = {
        { "myip=" V4 "&myip6=" V6, "good " V4 "," V6 "\n", V4 " " V6, "" },
        { "ip4addr=" V4 "&ip6addr=" V6, "good " V4 "," V6 "\n", V4 " " V6, "" },
        { "v4=" V4 "&v6=" V6 "&prefix=2001:db8:1:200::/64", "good " V4 "," V6 "\n",
          V4 " " V6, "prefix=2001:db8:1:200::/64 (the token has no right to a prefix)" },
        { "a=" V4 "&aaaa=" V6, "good " V4 "," V6 "\n", V4 " " V6, "" },
        { "ipv4=" V4 "&ipv6=" V6 "&dualstack=1", "good " V4 "," V6 "\n", V4 " " V6, "" },
        { "ip=" V4 "&zweite=" V6, "good " V4 "," V6 "\n", V4 " " V6, "" },
        /* one name for both, twice */
        { "myip=" V4 "&myip=" V6, "good " V4 "," V6 "\n", V4 " " V6, "" },
        { "foo=" V6 "&foo=" V4, "good " V6 "," V4 "\n", V4 " " V6, "" },
        { "foo=" V4 "," V6, "good " V4 "," V6 "\n", V4 " " V6, "" },
        /* without a name */
        { V4, "good " V4 "\n", V4 " " OLD6, "" },
        { "=" V6, "good " V6 "\n", OLD4 " " V6, "" },
        { V4 "&" V6, "good " V4 "," V6 "\n", V4 " " V6, "" },
        /* what one address is written like */
        { "foo=[2001:DB8:0:0::7]", "good " V6 "\n", OLD4 " " V6, "" },
        { "foo=2001%3adb8%3A%3A7", "good " V6 "\n", OLD4 " " V6, "" },
        { "foo=+" V4 "+", "good " V4 "\n", V4 " " OLD6, "" },
        { "foo=" V4 "%0d%0a", "good " V4 "\n", V4 " " OLD6, "" },
        { "foo=::ffff:203.0.113.7", "good " V4 "\n", V4 " " OLD6, "" },
        { "foo=" V4 "/32", "good " V4 "\n", V4 " " OLD6, "" },
        /* a known name goes before an unknown one, family by family */
        { "foo=203.0.113.9&myip=" V4, "good " V4 "\n", V4 " " OLD6,
          "foo=203.0.113.9 (another one counts)" },
        { "myip=" V4 "&foo=203.0.113.9," V6, "good " V4 "," V6 "\n", V4 " " V6,
          "foo=203.0.113.9 (another one counts)" },
        { "myip=" V4 "&myip=", "good " V4 "\n", V4 " " OLD6, "" },
        { "myip=" V4 "&myip=<ipaddr>&ip=" V6 "&ip=2001:db8::8",
          "good " V4 ",2001:db8::8\n", V4 " 2001:db8::8",
          "myip=<ipaddr> (another one counts), ip=" V6 " (another one counts)" },
        { "myip=&foo=" V4, "good " V4 "\n", V4 " " OLD6, "" },
        { "myip=0.0.0.0&foo=" V4, "good " V4 "\n", V4 " " OLD6, "" },
        { "myip=<ipaddr>&foo=" V4, "good " V4 "\n", V4 " " OLD6,
          "myip=<ipaddr> (no address)" },
        { "myip=" V4 ",203.0.113.8", "good 203.0.113.8\n", "203.0.113.8 " OLD6,
          "myip=" V4 " (another one counts)" },
        { "offline=YES&myip=" V4, "good \n", "", "myip=" V4 " (offline goes first)" },
    };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        check_row(&rows[i]);
    spell_close(&spell);
}

TEST(what_was_meant_as_an_address_and_is_none_is_refused_and_told)
{
    static const struct row rows[] = {
        { "myip=%3Cipaddr%3E", "badip\n", BOTH, "myip=<ipaddr> (no address)" },
        { "myip=$IP", "badip\n", BOTH, "myip=$IP (no address)" },
        { "myip=%25i", "badip\n", BOTH, "myip=%i (no address)" },
        { "myip=__MYIP__", "badip\n", BOTH, "myip=__MYIP__ (no address)" },
        { "myip=none", "badip\n", BOTH, "myip=none (no address)" },
        { "myip=127.0.0.1", "badip\n", BOTH, "myip=127.0.0.1 (may not be published)" },
        { "foo=%3Cip6addr%3E", "badip\n", BOTH, "foo=<ip6addr> (no address)" },
        { "foo=%3Cip6lanprefix%3E", "badip\n", BOTH, "foo=<ip6lanprefix> (no address)" },
        { "foo=[IP]", "badip\n", BOTH, "foo=[IP] (no address)" },
        { "foo=%7Bip%7D", "badip\n", BOTH, "foo={ip} (no address)" },
        { "foo=%23%7BipAddr%7D", "badip\n", BOTH, "foo=#{ipAddr} (no address)" },
        { "foo=$WAN_IPV6", "badip\n", BOTH, "foo=$WAN_IPV6 (no address)" },
        { "foo=%25IP%25", "badip\n", BOTH, "foo=%IP% (no address)" },
        { "foo=%25i", "badip\n", BOTH, "foo=%i (no address)" },
        { "foo=203.0.113.256", "badip\n", BOTH, "foo=203.0.113.256 (no address)" },
        { "foo=203.000.113.007", "badip\n", BOTH, "foo=203.000.113.007 (no address)" },
        { "foo=" V4 ":8080", "badip\n", BOTH, "foo=" V4 ":8080 (no address)" },
        { "foo=2001:db8:::7", "badip\n", BOTH, "foo=2001:db8:::7 (no address)" },
        { "foo=fe80::1%25eth0", "badip\n", BOTH, "foo=fe80::1%eth0 (no address)" },
        { "foo=2001:db8::/647656", "badip\n", BOTH,
          "foo=2001:db8::/647656 (no address)" },
        { "foo=127.0.0.1", "badip\n", BOTH, "foo=127.0.0.1 (may not be published)" },
        { "foo=255.255.255.0", "badip\n", BOTH,
          "foo=255.255.255.0 (may not be published)" },
        { "foo=%22" V4 "%22", "badip\n", BOTH, "foo=\"" V4 "\" (no address)" },
        { "foo='" V4 "'", "badip\n", BOTH, "foo='" V4 "' (no address)" },
        { "foo=(" V4 ")", "badip\n", BOTH, "foo=(" V4 ") (no address)" },
        { "foo=http://" V4 "/", "badip\n", BOTH, "foo=http://" V4 "/ (no address)" },
        { "foo=" V4 "%3B2001:db8::7", "badip\n", BOTH,
          "foo=" V4 ";2001:db8::7 (no address)" },
        { "foo=" V4 "+2001:db8::7", "badip\n", BOTH,
          "foo=" V4 " 2001:db8::7 (no address)" },
        { "foo=" V4 "%7C2001:db8::7", "badip\n", BOTH,
          "foo=" V4 "|2001:db8::7 (no address)" },
        /* the valid one applies, and the other one is told */
        { "myip=" V4 "&myip6=2001:db8::g", "good " V4 "\n", V4 " " OLD6,
          "myip6=2001:db8::g (no address)" },
        { "myip=" V4 "&foo=fe80::1", "good " V4 "\n", V4 " " OLD6,
          "foo=fe80::1 (may not be published)" },
    };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        check_row(&rows[i]);
    spell_close(&spell);
}

TEST(what_is_known_to_be_something_else_is_no_address_and_is_told)
{
    static const char *const others[] = {
        "version", "ver",     "v",           "firmware",  "fw_version", "mx",
        "url",     "system",  "useragent",   "gateway",   "gw",         "dns",
        "dns1",    "dns_2",   "netmask",     "server",    "port",       "lan",
        "lan_ip",  "localip", "internal_ip", "oldip",     "last_ip",    "previous",
        "dummy",   "trash",   "mac",         "dualstack", "build",      "user",
        "h",       "zone",
    };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(others); i++) {
        char query[64], told[128];
        (void)snprintf(query, sizeof(query), "%s=1.2.3.4", others[i]);
        (void)snprintf(told, sizeof(told), "%s (the name is for something else)", query);
        const struct row row = { query, "good " SOURCE "\n", SOURCE " " OLD6, told };
        check_row(&row);
    }
    /* A spell.secret is never told, and a name is one: neither the source nor this is published. */
    const struct row rows[] = {
        { "password=1.2.3.4", "good " SOURCE "\n", SOURCE " " OLD6, "" },
        { "pw=::1", "good " SOURCE "\n", SOURCE " " OLD6, "" },
        { "prefix=64&wan=eth0&prefix=www", "good " SOURCE "\n", SOURCE " " OLD6, "" },
        { "port=8080&mac=00:11:22:33:44:55&time=12:30:45&n=1.2.3&ver=6.1",
          "good " SOURCE "\n", SOURCE " " OLD6, "" },
        { "agent=Box+1.2.3.4&loc=48.1,11.5&id=::1&flag=%3Cdualstack%3E&d=std::move",
          "good " SOURCE "\n", SOURCE " " OLD6,
          "id=::1 (the name is for something else)" },
        { "", "good " SOURCE "\n", SOURCE " " OLD6, "" },
        { "myip=", "good " SOURCE "\n", SOURCE " " OLD6, "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        check_row(&rows[i]);
    CHECK_TEXT(
        world_get(&spell.world, "/nic/update?hostname=192.0.2.1", spell.secret, NULL),
        "nohost\n");
    spell_close(&spell);
}

TEST(the_source_stays_out_where_its_family_is_to_be_left_alone)
{
    static const char *const nothings[] = {
        "",
        "::",
        "[::]",
        "::0",
        "::/0",
        "0:0:0:0:0:0:0:0",
        "::0.0.0.0",
        "0::",
        "0.0.0.0",
        "0.0.0.0/0",
        "%20::%20",
        "::/128",
        "::ffff:0.0.0.0",
        ",,",
        "::,0.0.0.0",
    };
    static const char *const lines[] = { "myip=preserve&myipv6=%s", "myip=%s&myipv4=no",
                                         "myipv6=%s&ipv4=-", "myip=preserve&foo=%s",
                                         "ip4=preserve&ip6lanprefix=%s" };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(nothings); i++)
        for (size_t k = 0; k < LENGTH_OF(lines); k++) {
            char query[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            (void)snprintf(query, sizeof(query), lines[k], nothings[i]);
#pragma GCC diagnostic pop
            spell_start_anew(&spell);
            const char *body = spell_update(&spell, query);
            if (strcmp(body, "badip\n") != 0)
                print_error("%s\n", query);
            CHECK_TEXT(body, "badip\n");
            spell_check_addresses(&spell, query, BOTH);
        }
    static const struct row rows[] = {
        { "myipv6=preserve&foo=" V6 "&myip=" V4, "good " V4 "\n", V4 " " OLD6,
          "foo=" V6 " (its family is left alone)" },
        { "myipv6=preserve&foo=" V4 "," V6, "good " V4 "\n", V4 " " OLD6,
          "foo=" V6 " (its family is left alone)" },
        { "myip=no&ip6=" V6, "good " V6 "\n", OLD4 " " V6, "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        check_row(&rows[i]);
    spell_close(&spell);
}

TEST(an_interface_id_and_a_prefix_make_an_address_and_what_is_unusable_is_told)
{
    static const struct row rows[] = {
        { "myipv6=::1a2b:3c4d:5e6f:7890&ipv6prefix=2001:db8:1:200::/64",
          "good 2001:db8:1:200:1a2b:3c4d:5e6f:7890\n",
          OLD4 " 2001:db8:1:200:1a2b:3c4d:5e6f:7890", "" },
        { "ipv6=::265e:beff:fe2e:5be9&ipv6prefix=2001:db8:1:200::/64&trash=2001:db8:1::1",
          "good 2001:db8:1:200:265e:beff:fe2e:5be9\n",
          OLD4 " 2001:db8:1:200:265e:beff:fe2e:5be9",
          "trash=2001:db8:1::1 (the name is for something else)" },
        { "ip6=::1&ip6lanprefix=2001:db8:1:2ab::/56&foo=2001:db8:1::1",
          "good 2001:db8:1:200::1\n", OLD4 " 2001:db8:1:200::1",
          "foo=2001:db8:1::1 (another one counts)" },
        { "ip6=::1&ip6lanprefix=&myip=" V4, "good " V4 "\n", V4 " " OLD6,
          "ip6=::1 (an interface id without a prefix for it)" },
        { "ip6=::1&ip6lanprefix=2001:db8:1:200::", "badip\n", BOTH,
          "ip6lanprefix=2001:db8:1:200:: (a prefix without length), ip6=::1 (an interface "
          "id without a prefix for it)" },
        { "myip=" V4 "&ip6lanprefix=2001:db8:1:200::", "good " V4 "\n", V4 " " OLD6,
          "ip6lanprefix=2001:db8:1:200:: (a prefix without length)" },
        { "myip=" V4 "&ip6lanprefix=2001:db8:1:200::/64", "good " V4 "\n", V4 " " OLD6,
          "ip6lanprefix=2001:db8:1:200::/64 (the token has no right to a prefix)" },
        { "myip=" V4 "&ip6lanprefix=2001:db8::/32", "good " V4 "\n", V4 " " OLD6,
          "ip6lanprefix=2001:db8::/32 (no prefix of 48 to 64 bits)" },
        { "prefix=2001:db8:1:200::/64", "nochg " OLD4 "," OLD6 "\n", BOTH,
          "prefix=2001:db8:1:200::/64 (the token has no right to a prefix)" },
    };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        check_row(&rows[i]);
    spell_close(&spell);
}

TEST(what_was_taken_is_told_with_the_prefix)
{
    spell_open(&spell, "");
    spell_start_anew(&spell);
    int status = 0;
    struct json *list =
        world_call(&spell.world, "GET", "/tokens?host=" HOST, NULL, &status);
    int64_t id = 0;
    CHECK(json_as_number(json_get(json_item(json_get(list, "items"), 0), "id"), &id));
    json_free(list);
    char path[64];
    (void)snprintf(path, sizeof(path), "/tokens/%lld", (long long)id);
    json_free(world_call(&spell.world, "PATCH", path,
                         "{\"rights\":[\"address\",\"prefix\"]}", &status));
    CHECK_INT(status, 200);
    CHECK_TEXT(spell_update(&spell, "myip=" V4 "&ip6lanprefix=2001:db8:1:2ff::/56"),
               "good " V4 "\n");
    spell_check_told(&spell, "prefix", "taken", V4 " 2001:db8:1:200::/56");
    spell_check_told(&spell, "prefix", "ignored", "");
    CHECK_TEXT(spell_update(&spell, "ip6lanprefix=2001:db8:1:2ff::/56"),
               "nochg " V4 "," OLD6 "\n");
    spell_check_told(&spell, "prefix", "taken", "2001:db8:1:200::/56");
    CHECK_TEXT(spell_update(&spell, "myip=x"), "badip\n");
    spell_check_told(&spell, "none", "taken", "");
    spell_close(&spell);
}

/* ----- bodies ----- */

TEST(a_body_counts_in_every_method_and_one_that_is_no_form_keeps_the_source_out)
{
    static const struct {
        const char *method, *type, *body, *want, *ignored;
    } rows[] = {
        { "POST", "application/x-www-form-urlencoded", "foo=" V4, "good " V4, "" },
        { "GET", "application/x-www-form-urlencoded", "myip=" V4, "good " V4, "" },
        { "POST", NULL, "ip6addr=" V6, "good " V6, "" },
        { "POST", "application/json", "{\"myip\":\"" V4 "\"}", "badip",
          "body=application/json (no address)" },
        { "POST", "application/x-www-form-urlencoded", "{\"myip\":\"" V4 "\"}", "badip",
          "body=application/x-www-form-urlencoded (no address)" },
        { "POST", NULL, " <ip>" V4 "</ip>", "badip", "body=of no type (no address)" },
        { "POST", "text/plain", "myip=" V4, "badip", "body=text/plain (no address)" },
        { "POST", "multipart/form-data; boundary=x", "--x\n\n" V4, "badip",
          "body=multipart/form-data; boundary=x (no address)" },
        { "POST", "application/json", "", "good " SOURCE, "" },
    };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char basic[512], request[2048], want[64];
        spell_start_anew(&spell);
        world_basic(spell.secret, basic);
        (void)snprintf(request, sizeof(request),
                       "%s /nic/update?hostname=" HOST " HTTP/1.0\r\n"
                       "Authorization: Basic %s\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
                       rows[i].method, basic, rows[i].type ? "Content-Type: " : "",
                       rows[i].type ? rows[i].type : "", rows[i].type ? "\r\n" : "",
                       strlen(rows[i].body), rows[i].body);
        (void)snprintf(want, sizeof(want), "%s\n", rows[i].want);
        const char *reply = strstr(world_http(&spell.world, SOURCE, request), "\r\n\r\n");
        if (strcmp(reply + 4, want) != 0)
            print_error("row %zu\n", i);
        CHECK_TEXT(reply + 4, want);
        spell_check_told(&spell, rows[i].body, "ignored", rows[i].ignored);
    }
    spell_close(&spell);
}
