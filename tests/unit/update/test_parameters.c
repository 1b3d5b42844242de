// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "base/buf.h"
#include "update/credentials.h"
#include "update/parameters.h"

#define TOKEN "rv_aaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "rv_bbbbbbbbbbbbbbbbbbbbbbbb"

/* A query as one line of text: hosts; values, a prefix marked; flags; user; secret. */
static void describe(const char *query, const char *source, struct buf *out)
{
    struct arena *arena = arena_new(4096);
    struct http_param params[HTTP_PARAMS_MAX];
    size_t count = 0;
    struct update update = { .dry_run = false };
    struct str user;
    CHECK_INT(http_query_parse(str_from(query), arena, params, &count), OK);
    CHECK_INT(ip_parse(str_from(source), &update.origin.source), OK);
    parameters_read(params, count, arena, &update, &user);
    buf_put(out, update.hosts);
    for (size_t i = 0; i < update.value_count; i++) {
        buf_put_text(out, update.values[i].role == RULE_PREFIX ? " prefix:" : " ");
        buf_put(out, update.values[i].text);
    }
    buf_put_text(out, update.offline ? " OFFLINE" : "");
    buf_put_text(out, update.dry_run ? " DRY" : "");
    buf_put_text(out, update.wait ? " WAIT" : "");
    buf_put_text(out, user.n ? " user=" : "");
    buf_put(out, user);
    buf_put_text(out, update.secret.n ? " secret=" : "");
    buf_put(out, update.secret);
    (void)buf_text(out);
    arena_free(arena);
}

TEST(each_alias_is_known_in_any_case)
{
    static const struct {
        const char *names;
        const char *value, *want;
    } rows[] = {
        { "hostname host hostnames domain domains fqdn subdomain h dn host_id "
          "updatehostname zone HostName",
          "home.example.org", "home.example.org" },
        { "myip ip address addr ipaddr dnsto a ipv4 ip4 myipv4 IPV4ADDR myipv6 ipv6 ip6 "
          "aaaa IPV6ADDR MyIP",
          "203.0.113.7", " 203.0.113.7" },
        { "myip ip address addr ipaddr dnsto a ipv4 ip4 myipv4 IPV4ADDR myipv6 ipv6 ip6 "
          "aaaa IPV6ADDR",
          "2001:db8::7", " 2001:db8::7" },
        { "ipv6prefix ip6lanprefix", "2001:db8::/56", " prefix:2001:db8::/56" },
        { "username user login id u MID", "alice", " user=alice" },
        { "password pass passwd pwd p pw secret token key k apikey", TOKEN,
          " secret=" TOKEN },
        { "dry_run dry-run", "1", " DRY" },
        { "wait", "1", " WAIT" },
        { "offline", "YES", " OFFLINE" },
        { "system wildcard mx backmx url started action xyz", "YES", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        for (struct str rest = str_from(rows[i].names), name;
             str_next(&rest, ' ', &name);) {
            char query[128], text[256];
            struct buf out = BUF_ON(text);
            struct buf line = BUF_ON(query);
            buf_put(&line, name);
            buf_put_text(&line, "=");
            buf_put_text(&line, rows[i].value);
            (void)buf_text(&line);
            describe(query, "198.51.100.9", &out);
            if (!str_equal(buf_str(&out), str_from(rows[i].want)))
                print_error("%s\n", query);
            CHECK_TEXT(text, rows[i].want);
        }
}

TEST(what_comes_together_is_sorted_out)
{
    static const struct {
        const char *query, *want;
    } rows[] = {
        { "", "" },
        { "&&=&=x&hostname", "" },
        /* Hosts: by rank, then the last clean one. */
        { "zone=example.org&host=home.example.org", "home.example.org" },
        { "host=nas.example.org&hostname=home.example.org", "home.example.org" },
        { "hostname=YES&host_id=home.example.org", "home.example.org" },
        { "hostname=&domain=home.example.org", "home.example.org" },
        { "hostname=home.example.org/nic/update&hostname=nas.example.org",
          "nas.example.org" },
        { "hostname=nas.example.org&hostname=<domain>", "nas.example.org" },
        { "hostname=<domain>", "<domain>" },
        { "hostname=,,", ",," },
        /* A bare key names the host when nothing else does. */
        { "home.example.org", "home.example.org" },
        { "home.example.org&preserve&203.0.113.7", "home.example.org 203.0.113.7" },
        { "203.0.113.7", " 203.0.113.7" },
        { "home.example.org&hostname=nas.example.org", "nas.example.org" },
        /* Addresses: in the order sent; of one name the last clean value. */
        { "ipv6=2001:db8::7&ip=203.0.113.7", " 2001:db8::7 203.0.113.7" },
        { "myip=203.0.113.7&myip=203.0.113.8", " 203.0.113.8" },
        { "myip=203.0.113.7&myip=", " 203.0.113.7" },
        { "myip=203.0.113.7&myip=<ipaddr>", " 203.0.113.7" },
        { "myip=<ip>&myip=<ipaddr>", " <ipaddr>" },
        { "myip=203.0.113.7,2001%3adb8%3a%3a7", " 203.0.113.7,2001:db8::7" },
        { "myip=[2001:db8::7]", " [2001:db8::7]" },
        /* Words. */
        { "myip=203.0.113.7&myipv6=preserve", " 203.0.113.7 " },
        { "myip=203.0.113.7,preserve", " 203.0.113.7 " },
        { "myip=auto", " 198.51.100.9" },
        { "ipv4=AUTO&ipv6=auto", " 198.51.100.9 " },
        { "ipv6=auto&ipv4=203.0.113.7", "  203.0.113.7" },
        { "myip=-&myipv6=2001:db8::7", "  2001:db8::7" },
        { "myipv6=no", " " },
        /* The source must not come in where its family is to be left alone. */
        { "myip=preserve", "  preserve" },
        { "myip=0.0.0.0&myipv4=no", " 0.0.0.0  preserve" },
        { "myipv4=no&ip6lanprefix=2001:db8::/56", "  prefix:2001:db8::/56" },
        /* Flags: whoever asks for a dry run must not change anything by mistake. */
        { "dry_run", " DRY" },
        { "dry_run=yes&dry-run=0", " DRY" },
        { "dry_run=0", "" },
        { "wait=no", "" },
        { "offline=NOCHG", "" },
        /* Credentials: the first token that is well formed, else the first text. */
        { "username=a&b&password=" TOKEN, " user=a secret=" TOKEN },
        { "pass=filler&key=" TOKEN "&token=" OTHER, " secret=" TOKEN },
        { "pass=one&key=two", " secret=one" },
        { "user=&login=home.example.org", " user=home.example.org" },
        /* No name is found by its beginning or behind a zero byte. */
        { "hostnam=x.example.org&hostname1=y.example.org&hostname%00=z.example.org", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[256];
        struct buf out = BUF_ON(text);
        describe(rows[i].query, "198.51.100.9", &out);
        if (!str_equal(buf_str(&out), str_from(rows[i].want)))
            print_error("row %zu: %s\n", i, rows[i].query);
        CHECK_TEXT(text, rows[i].want);
    }
}

TEST(no_more_values_are_taken_than_there_is_room_for)
{
    char text[256];
    struct buf out = BUF_ON(text);
    describe("myip=auto,auto,auto,auto,auto,auto,auto,auto,auto,auto,auto,auto,auto,auto,"
             "auto,auto,auto,203.0.113.7",
             "192.0.2.1", &out);
    size_t count = 0;
    for (struct str rest = buf_str(&out), piece; str_next(&rest, ' ', &piece);)
        count += piece.n > 0;
    CHECK_INT(count, UPDATE_VALUES_MAX);
}

TEST(credentials_come_in_every_form)
{
    static const struct {
        const char *first, *second; /* values of Authorization fields */
        const char *query_user, *query_secret;
        const char *user, *secret;
    } rows[] = {
        { NULL, NULL, "", "", "", "" },
        { "Basic YWxpY2U6cHc=", NULL, "", "", "alice", "pw" },
        { "basic   YWxpY2U6cHc", NULL, "", "", "alice", "pw" },
        { "Token " TOKEN, NULL, "", "", "", TOKEN },
        { "bearer  " TOKEN " ", NULL, "", "", "", TOKEN },
        { "Bearer", NULL, "bob", "x", "bob", "x" },
        { "Digest username=x", NULL, "bob", TOKEN, "bob", TOKEN },
        { "Basic ???", NULL, "bob", TOKEN, "bob", TOKEN },
        /* The field before the query, a token before a filler. */
        { "Basic YWxpY2U6cHc=", NULL, "bob", "x", "alice", "pw" },
        { "Basic YWxpY2U6cHc=", NULL, "bob", TOKEN, "alice", TOKEN },
        { "Token " TOKEN, NULL, "bob", OTHER, "bob", TOKEN },
        { "Token x", "Token " TOKEN, "", "", "", TOKEN },
        { "Token " TOKEN, "Basic YWxpY2U6cHc=", "", "", "alice", TOKEN },
        { "Basic Og==", NULL, "bob", TOKEN, "bob", TOKEN },
    };
    struct arena *arena = arena_new(4096);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_head *head = ARENA_NEW(arena, struct http_head);
        const char *const values[] = { rows[i].first, rows[i].second };
        for (size_t k = 0; k < LENGTH_OF(values) && values[k]; k++)
            head->fields[head->field_count++] =
                (struct http_field){ .name = STR("authorization"),
                                     .value = str_from(values[k]) };
        struct credentials found = { .user = str_from(rows[i].query_user),
                                     .secret = str_from(rows[i].query_secret) };
        credentials_find(head, arena, &found);
        if (!str_equal(found.secret, str_from(rows[i].secret)))
            print_error("row %zu\n", i);
        CHECK_STR(found.user, rows[i].user);
        CHECK_STR(found.secret, rows[i].secret);
    }
    arena_free(arena);
}

#define A43 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B43 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

TEST(values_for_authorities_are_taken_from_each_parameter_of_the_name)
{
    static const struct {
        const char *query;
        size_t add, remove;
        int64_t life_s;
        bool is_bad, alone;
    } rows[] = {
        { "txt=" A43, 1, 0, CHALLENGE_LIFE_S, false, true },
        { "TXT=" A43 "&txt=" B43, 2, 0, CHALLENGE_LIFE_S, false, true },
        { "txt=" A43 ", " B43 "," A43, 2, 0, CHALLENGE_LIFE_S, false, true },
        { "txt_remove=" A43 "," B43, 0, 2, CHALLENGE_LIFE_S, false, true },
        { "txt-remove=" A43 "&txt=" B43 "&txt_lifetime=60", 1, 1, 60, false, true },
        { "txt=" A43 "&txt_lifetime=86400", 1, 0, 86400, false, true },
        { "txt=" A43 "&txt_lifetime=86401", 1, 0, CHALLENGE_LIFE_S, true, true },
        { "txt=" A43 "&txt_lifetime=0", 1, 0, CHALLENGE_LIFE_S, true, true },
        { "txt=" A43 "&txt_lifetime=", 1, 0, CHALLENGE_LIFE_S, true, true },
        { "txt_lifetime=60", 0, 0, 60, true, true },
        { "txt", 0, 0, CHALLENGE_LIFE_S, true, true },
        { "txt=", 0, 0, CHALLENGE_LIFE_S, true, true },
        { "txt=" A43 ",x", 1, 0, CHALLENGE_LIFE_S, true, true },
        { "txt=192.0.2.1", 0, 0, CHALLENGE_LIFE_S, true, true },
        /* Whether addresses are named, too. */
        { "txt=" A43 "&myip=", 1, 0, CHALLENGE_LIFE_S, false, true },
        { "txt=" A43 "&myip=0.0.0.0", 1, 0, CHALLENGE_LIFE_S, false, true },
        { "txt=" A43 "&myip=preserve", 1, 0, CHALLENGE_LIFE_S, false, true },
        { "txt=" A43 "&myip=192.0.2.1", 1, 0, CHALLENGE_LIFE_S, false, false },
        { "txt=" A43 "&myip=<ipaddr>", 1, 0, CHALLENGE_LIFE_S, false, false },
        { "txt=" A43 "&offline=YES", 1, 0, CHALLENGE_LIFE_S, false, false },
        { "txt=" A43 "&x=2001:db8::7", 1, 0, CHALLENGE_LIFE_S, false, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct arena *arena = arena_new(4096);
        struct http_param params[HTTP_PARAMS_MAX];
        size_t count = 0;
        struct update update = { .origin.source = { .family = IP_V4 } };
        struct str user;
        CHECK_INT(http_query_parse(str_from(rows[i].query), arena, params, &count), OK);
        parameters_read(params, count, arena, &update, &user);
        const struct update_txt *txt = update.txt;
        CHECK(txt);
        if (txt->change.add.count != rows[i].add ||
            txt->change.remove.count != rows[i].remove ||
            txt->change.life_s != rows[i].life_s || txt->is_bad != rows[i].is_bad ||
            txt->alone != rows[i].alone)
            fail_msg("row %zu: %s", i, rows[i].query);
        arena_free(arena);
    }
}
