// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "base/file.h"
#include "base/mem.h"
#include "dns/record.h"
#include "fixture.h"

#define SOA "Zexample.org:ns.example.org:admin.example.org:7:1:2:3:60:300\n"
#define SOA_TEXT "example.org 60 SOA ns.example.org admin.example.org 7 1 2 3 60"

static const char zone[] = SOA
    "&example.org::ns.example.org:300\n"
    "&example.org::ns2.example.net:300\n"
    "+ns.example.org:192.0.2.53:300\n"
    "+home.example.org:192.0.2.1:60\n"
    ":home.example.org:28:\\040\\001\\015\\270\\000\\000\\000\\000\\000\\000\\000\\000\\"
    "000\\000\\000\\001:60\n"
    "+two.example.org:192.0.2.1:60\n"
    "+two.example.org:192.0.2.2:30\n"
    "+two.example.org:192.0.2.1:60\n"
    "@mail.example.org::mx.example.org:10:60\n"
    ":srv.example.org:33:\\000\\001\\000\\002\\023\\304\\004home\\007example\\003org\\000:60\n"
    ":odd.example.org:65280::60\n"
    "+a.deep.ent.example.org:192.0.2.3:60\n"
    "!offline.example.org\n"
    /* wildcards */
    "+*.wild.example.org:192.0.2.9:60\n"
    "+real.wild.example.org:192.0.2.10:60\n"
    "+x.ent.wild.example.org:192.0.2.11:60\n"
    "!*.empty.example.org\n"
    "+empty.example.org:192.0.2.12:60\n"
    "C*.alias.example.org:home.example.org:60\n"
    /* aliases */
    "Cwww.example.org:home.example.org:60\n"
    "Cchain.example.org:www.example.org:60\n"
    "Cout.example.org:www.example.net:60\n"
    "Cgone.example.org:missing.example.org:60\n"
    "Cnodata.example.org:mail.example.org:60\n"
    "Cloop1.example.org:loop2.example.org:60\n"
    "Cloop2.example.org:loop1.example.org:60\n"
    "Cself.example.org:self.example.org:60\n"
    "Cother.example.org:host.example.com:60\n"
    "Ccut.example.org:x.sub.example.org:60\n"
    "Cselfwild.example.org:a.swild.example.org:60\n"
    "C*.swild.example.org:b.swild.example.org:60\n"
    "Zexample.com:ns.example.org:admin.example.org:9:1:2:3:600:30\n"
    "+host.example.com:198.51.100.1:60\n"
    /* delegations */
    "&sub.example.org:192.0.2.20:ns.sub.example.org:60\n"
    "&sub.example.org::ns.example.org:60\n"
    "&sub.example.org::ns.example.net:60\n"
    "+hidden.sub.example.org:192.0.2.21:60\n"
    "&deeper.sub.example.org::ns.example.net:60\n"
    ":sub.example.org:43:\\000\\001\\010\\011abcd:60\n"
    "&child.example.org::ns.child.example.org:60\n"
    "Zchild.example.org:ns.child.example.org:admin.example.org:3:1:2:3:4:5\n"
    "+ns.child.example.org:192.0.2.30:60\n";

struct world {
    struct folder folder;
    struct image *image;
    struct answer *answer;
    uint8_t query[QUERY_MAX], reply[REPLY_MAX];
};

static void world_open(struct world *world, const char *lines)
{
    struct error err = { .text = "" };
    folder_init(&world->folder);
    folder_publish(&world->folder, lines);
    if (image_open(folder_file(&world->folder, "data.cdb"), &world->image, &err))
        fail_msg("%s", err.text);
    world->answer = answer_new();
}

static void world_done(struct world *world)
{
    answer_free(world->answer);
    image_close(world->image);
    folder_done(&world->folder);
}

/* The bytes stand at the end of a piece of their own size, for the sanitizers. */
static struct str answer_bytes(struct world *world, enum answer_transport transport,
                               struct str query)
{
    CLEANUP(mem_freep) uint8_t *exact = (uint8_t *)malloc(query.n ? query.n : 1);
    memcpy(exact, query.at, query.n);
    struct answer_job job = {
        .transport = transport, .query = exact, .query_n = query.n, .reply = world->reply
    };
    size_t n = answer_query(world->answer, world->image, &job);
    CHECK(memcmp(exact, query.at, query.n) == 0);
    return str_bytes(world->reply, n);
}

static struct str ask(struct world *world, enum answer_transport transport,
                      const struct asked *asked)
{
    return answer_bytes(world, transport, query_write(asked, world->query));
}

struct row {
    struct asked asked;
    const char *want;
};

static void check_rows(const struct row *rows, size_t count)
{
    static struct world world;
    world_open(&world, zone);
    for (size_t i = 0; i < count; i++) {
        for (int transport = 0; transport < 2; transport++) {
            struct str reply =
                ask(&world, transport ? ANSWER_TCP : ANSWER_UDP, &rows[i].asked);
            CHECK(reply.n > 0);
            CHECK_TEXT(reply_text(reply), rows[i].want);
        }
    }
    world_done(&world);
}
#define CHECK_ROWS(rows) check_rows((rows), LENGTH_OF(rows))

TEST(a_name_with_records_is_answered)
{
    static const struct row rows[] = {
        { { .name = "home.example.org" }, "NOERROR aa: home.example.org 60 A c0000201" },
        { { .name = "home.example.org", .type = RR_AAAA },
          "NOERROR aa: home.example.org 60 AAAA 20010db8000000000000000000000001" },
        { { .name = "HoMe.eXample.ORG" }, "NOERROR aa: HoMe.eXample.ORG 60 A c0000201" },
        { { .name = "home.example.org", .flags = 0x0100 },
          "NOERROR aa rd: home.example.org 60 A c0000201" },
        /* AA, TC, RA, Z, AD, CD in a query mean nothing */
        { { .name = "home.example.org", .flags = 0x06f0 },
          "NOERROR aa: home.example.org 60 A c0000201" },
        /* one TTL, no record twice */
        { { .name = "two.example.org" },
          "NOERROR aa: two.example.org 30 A c0000201, two.example.org 30 A c0000202" },
        { { .name = "mail.example.org", .type = RR_MX },
          "NOERROR aa: mail.example.org 60 MX 10 mx.example.org" },
        { { .name = "srv.example.org", .type = RR_SRV },
          "NOERROR aa: srv.example.org 60 SRV "
          "0001000213c404686f6d65076578616d706c65036f726700" },
        { { .name = "odd.example.org", .type = 65280 },
          "NOERROR aa: odd.example.org 60 TYPE65280 " },
        { { .name = "example.org", .type = RR_SOA },
          "NOERROR aa: example.org 300 SOA ns.example.org admin.example.org 7 1 2 3 60" },
        { { .name = "example.org", .type = RR_NS },
          "NOERROR aa: example.org 300 NS ns.example.org, "
          "example.org 300 NS ns2.example.net" },
    };
    CHECK_ROWS(rows);
}

TEST(a_missing_name_or_type_is_told_with_the_zones_soa_and_the_lower_ttl)
{
    static const struct row rows[] = {
        { { .name = "none.example.org" }, "NXDOMAIN aa; authority: " SOA_TEXT },
        { { .name = "a.b.c.none.example.org" }, "NXDOMAIN aa; authority: " SOA_TEXT },
        { { .name = "x.home.example.org" }, "NXDOMAIN aa; authority: " SOA_TEXT },
        { { .name = "home.example.org", .type = RR_MX },
          "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "example.org" }, "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "none.example.com" },
          "NXDOMAIN aa; authority: example.com 30 SOA ns.example.org admin.example.org 9 "
          "1 2 3 600" },
        /* MAILB, as any type that nobody has */
        { { .name = "home.example.org", .type = 253 },
          "NOERROR aa; authority: " SOA_TEXT },
    };
    CHECK_ROWS(rows);
}

TEST(names_without_records_of_their_own_exist)
{
    static const struct row rows[] = {
        { { .name = "ent.example.org" }, "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "deep.ent.example.org" }, "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "x.ent.example.org" }, "NXDOMAIN aa; authority: " SOA_TEXT },
        { { .name = "offline.example.org" }, "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "x.offline.example.org" }, "NXDOMAIN aa; authority: " SOA_TEXT },
        { { .name = "alias.example.org" }, "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "wild.example.org" }, "NOERROR aa; authority: " SOA_TEXT },
    };
    CHECK_ROWS(rows);
}

TEST(wildcards_cover_what_does_not_exist_below_their_parent)
{
    static const struct row rows[] = {
        { { .name = "x.wild.example.org" },
          "NOERROR aa: x.wild.example.org 60 A c0000209" },
        { { .name = "X.y.Wild.example.org" },
          "NOERROR aa: X.y.Wild.example.org 60 A c0000209" },
        { { .name = "*.wild.example.org" },
          "NOERROR aa: *.wild.example.org 60 A c0000209" },
        { { .name = "x.wild.example.org", .type = RR_AAAA },
          "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "*.wild.example.org", .type = RR_AAAA },
          "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "real.wild.example.org" },
          "NOERROR aa: real.wild.example.org 60 A c000020a" },
        { { .name = "real.wild.example.org", .type = RR_AAAA },
          "NOERROR aa; authority: " SOA_TEXT },
        /* blocked by a name that exists, and by an empty non-terminal */
        { { .name = "x.real.wild.example.org" }, "NXDOMAIN aa; authority: " SOA_TEXT },
        { { .name = "ent.wild.example.org" }, "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "y.ent.wild.example.org" }, "NXDOMAIN aa; authority: " SOA_TEXT },
        /* a wildcard that is there without records */
        { { .name = "x.empty.example.org" }, "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "empty.example.org" },
          "NOERROR aa: empty.example.org 60 A c000020c" },
        { { .name = "x.alias.example.org" },
          "NOERROR aa: x.alias.example.org 60 CNAME home.example.org, "
          "home.example.org 60 A c0000201" },
    };
    CHECK_ROWS(rows);
}

TEST(aliases_are_followed_inside_our_zones)
{
    static const struct row rows[] = {
        { { .name = "www.example.org" },
          "NOERROR aa: www.example.org 60 CNAME home.example.org, "
          "home.example.org 60 A c0000201" },
        { { .name = "www.example.org", .type = RR_CNAME },
          "NOERROR aa: www.example.org 60 CNAME home.example.org" },
        { { .name = "www.example.org", .type = RR_ANY },
          "NOERROR aa: www.example.org 60 CNAME home.example.org" },
        { { .name = "chain.example.org" },
          "NOERROR aa: chain.example.org 60 CNAME www.example.org, "
          "www.example.org 60 CNAME home.example.org, home.example.org 60 A c0000201" },
        { { .name = "out.example.org" },
          "NOERROR aa: out.example.org 60 CNAME www.example.net" },
        { { .name = "other.example.org" },
          "NOERROR aa: other.example.org 60 CNAME host.example.com, "
          "host.example.com 60 A c6336401" },
        /* the code and the SOA record are those of the last name */
        { { .name = "gone.example.org" },
          "NXDOMAIN aa: gone.example.org 60 CNAME missing.example.org; "
          "authority: " SOA_TEXT },
        { { .name = "nodata.example.org" },
          "NOERROR aa: nodata.example.org 60 CNAME mail.example.org; "
          "authority: " SOA_TEXT },
        { { .name = "other.example.org", .type = RR_AAAA },
          "NOERROR aa: other.example.org 60 CNAME host.example.com; authority: "
          "example.com 30 SOA ns.example.org admin.example.org 9 1 2 3 600" },
        /* loops end */
        { { .name = "loop1.example.org" },
          "NOERROR aa: loop1.example.org 60 CNAME loop2.example.org, "
          "loop2.example.org 60 CNAME loop1.example.org" },
        { { .name = "self.example.org" },
          "NOERROR aa: self.example.org 60 CNAME self.example.org" },
        { { .name = "selfwild.example.org" },
          "NOERROR aa: selfwild.example.org 60 CNAME a.swild.example.org, "
          "a.swild.example.org 60 CNAME b.swild.example.org, "
          "b.swild.example.org 60 CNAME b.swild.example.org" },
        { { .name = "cut.example.org" },
          "NOERROR aa: cut.example.org 60 CNAME x.sub.example.org; "
          "authority: sub.example.org 60 NS ns.sub.example.org, "
          "sub.example.org 60 NS ns.example.org, sub.example.org 60 NS ns.example.net; "
          "additional: ns.sub.example.org 60 A c0000214, ns.example.org 300 A c0000235" },
    };
    CHECK_ROWS(rows);
}

#define OPT_TOLD "additional: edns size=1232 flags=00000000"
#define OPT_DO_TOLD "additional: edns size=1232 flags=00008000"
#define REFERRAL \
    "NOERROR; authority: sub.example.org 60 NS ns.sub.example.org, " \
    "sub.example.org 60 NS ns.example.org, sub.example.org 60 NS ns.example.net; " \
    "additional: ns.sub.example.org 60 A c0000214, ns.example.org 300 A c0000235"

TEST(what_lies_at_or_below_a_delegation_is_referred)
{
    static const struct row rows[] = {
        { { .name = "sub.example.org" }, REFERRAL },
        { { .name = "sub.example.org", .type = RR_NS }, REFERRAL },
        { { .name = "sub.example.org", .type = RR_ANY }, REFERRAL },
        { { .name = "x.y.sub.example.org" }, REFERRAL },
        { { .name = "hidden.sub.example.org" }, REFERRAL },
        { { .name = "x.deeper.sub.example.org" }, REFERRAL },
        /* DS is the parent's */
        { { .name = "sub.example.org", .type = 43 },
          "NOERROR aa: sub.example.org 60 DS 0001080961626364" },
        { { .name = "child.example.org", .type = 43 },
          "NOERROR aa; authority: " SOA_TEXT },
        { { .name = "example.org", .type = 43 }, "NOERROR aa; authority: " SOA_TEXT },
        /* the longest zone is the one that answers */
        { { .name = "ns.child.example.org" },
          "NOERROR aa: ns.child.example.org 60 A c000021e" },
        { { .name = "x.child.example.org" },
          "NXDOMAIN aa; authority: child.example.org 4 SOA ns.child.example.org "
          "admin.example.org 3 1 2 3 4" },
    };
    static const struct row ds_below[] = {
        { { .name = "x.sub.example.org", .type = 43 }, REFERRAL },
    };
    CHECK_ROWS(rows);
    CHECK_ROWS(ds_below);
}

TEST(what_is_not_for_us_is_refused)
{
    static const struct row rows[] = {
        { { .name = "example.net" }, "REFUSED" },
        { { .name = "org", .flags = 0x0100 }, "REFUSED rd" },
        { { .name = "" }, "REFUSED" },
        { { .name = "home.example.org", .class = 3 }, "REFUSED" },
        { { .name = "version.bind", .type = RR_TXT, .class = 3 }, "REFUSED" },
        { { .name = "home.example.org", .class = 255 }, "REFUSED" },
        { { .name = "example.org", .type = RR_AXFR }, "REFUSED" },
        { { .name = "example.org", .type = RR_IXFR }, "REFUSED" },
        { { .name = "home.example.org", .type = RR_OPT }, "FORMERR" },
        { { .name = "home.example.org", .type = 249 }, "FORMERR" },
        { { .name = "home.example.org", .type = 250 }, "FORMERR" },
        { { .name = "home.example.org", .class = 1, .flags = 0x0800 }, "NOTIMP opcode1" },
        { { .name = "example.org", .flags = 0x2100 }, "REFUSED opcode4 rd" },
        { { .name = "example.org", .flags = 0x2800 }, "NOTIMP opcode5" },
        { { .name = "example.org", .flags = 0x7800, .edns = true },
          "NOTIMP opcode15; " OPT_TOLD },
        { { .name = "example.net", .edns = true },
          /* not authoritative (RFC 8914) */
          "REFUSED; additional: edns size=1232 flags=00000000 000f00020014" },
    };
    CHECK_ROWS(rows);

    static struct world world;
    world_open(&world, zone);
    static const struct row nul[] = { { { .name = "home.example.org" }, "" } };
    struct str query = query_write(&nul[0].asked, world.query);
    world.query[query.n - 3] = 0; /* the type */
    CHECK_TEXT(reply_text(answer_bytes(&world, ANSWER_UDP, query)), "FORMERR");
    world_done(&world);
}

TEST(any_gets_one_set)
{
    static const struct row rows[] = {
        { { .name = "home.example.org", .type = RR_ANY },
          "NOERROR aa: home.example.org 60 A c0000201" },
        { { .name = "x.wild.example.org", .type = RR_ANY },
          "NOERROR aa: x.wild.example.org 60 A c0000209" },
        { { .name = "none.example.org", .type = RR_ANY },
          "NXDOMAIN aa; authority: " SOA_TEXT },
        { { .name = "ent.example.org", .type = RR_ANY },
          "NOERROR aa; authority: " SOA_TEXT },
    };
    CHECK_ROWS(rows);
}

TEST(edns_is_answered_with_edns)
{
    static const struct row rows[] = {
        { { .name = "home.example.org", .edns = true },
          "NOERROR aa: home.example.org 60 A c0000201; "
          "additional: edns size=1232 flags=00000000" },
        /* DO is copied, unknown flags are not */
        { { .name = "home.example.org", .edns = true, .edns_flags = 0xffff },
          "NOERROR aa: home.example.org 60 A c0000201; "
          "additional: edns size=1232 flags=00008000" },
        /* unknown options, cookies, a client subnet: not repeated */
        { { .name = "home.example.org",
            .edns = true,
            .options = "fde9000301020300030000" },
          "NOERROR aa: home.example.org 60 A c0000201; "
          "additional: edns size=1232 flags=00000000" },
        { { .name = "home.example.org",
            .edns = true,
            .options = "0008000700011800c00002" },
          "NOERROR aa: home.example.org 60 A c0000201; "
          "additional: edns size=1232 flags=00000000" },
        { { .name = "home.example.org", .edns = true, .edns_flags = 0x00010000 },
          "NOERROR; additional: edns size=1232 flags=01000000" }, /* BADVERS */
        { { .name = "example.net", .edns = true, .edns_flags = 0x00ff8000 },
          "NOERROR; additional: edns size=1232 flags=01008000" },
        { { .name = "none.example.org", .edns = true },
          "NXDOMAIN aa; authority: " SOA_TEXT
          "; additional: edns size=1232 flags=00000000" },
        { { .name = "sub.example.org", .edns = true },
          REFERRAL ", edns size=1232 flags=00000000" },
        { { .name = "home.example.org", .edns = true, .options = "fde9" },
          "FORMERR; " OPT_TOLD },
        { { .name = "home.example.org", .edns = true, .options = "fde9000401" },
          "FORMERR; " OPT_TOLD },
    };
    CHECK_ROWS(rows);
}

TEST(ids_and_questions_come_back_bit_for_bit)
{
    static struct world world;
    world_open(&world, zone);
    static const char *const names[] = { "hOmE.ExAmPlE.oRg", "NoNe.example.ORG",
                                         "EXAMPLE.NET" };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        struct asked asked = { .name = names[i], .edns = true };
        struct str query = query_write(&asked, world.query);
        struct str reply = ask(&world, ANSWER_UDP, &asked);
        size_t n = MESSAGE_HEADER_SIZE + strlen(names[i]) + 2 + 4;
        CHECK(reply.n >= n);
        CHECK(memcmp(reply.at, query.at, 2) == 0);
        CHECK(memcmp(reply.at + MESSAGE_HEADER_SIZE, query.at + MESSAGE_HEADER_SIZE,
                     n - MESSAGE_HEADER_SIZE) == 0);
        CHECK_INT(reply_count(reply, 0), 1);
    }
    world_done(&world);
}

/* Each look-up in the image goes through view_seek(); the linker leads it here. */
static unsigned lookups;
/* The linker chose the names.
 * NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming) */
void __real_view_seek(const struct image *image, struct str key,
                      struct image_cursor *cursor);
void __wrap_view_seek(const struct image *image, struct str key,
                      struct image_cursor *cursor);
void __wrap_view_seek(const struct image *image, struct str key,
                      struct image_cursor *cursor)
{
    lookups++;
    __real_view_seek(image, key, cursor);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

/* The look-ups that a question costs. */
static unsigned cost_of(struct world *world, const struct asked *asked, const char *want)
{
    lookups = 0;
    CHECK(strncmp(reply_text(ask(world, ANSWER_UDP, asked)), want, strlen(want)) == 0);
    return lookups;
}

/* "a.a.a. ... ZONE": 118 labels before it. */
static const char *long_name(const char *end)
{
    enum {
        LABELS = 118
    };
    static char text[4][2 * LABELS + 32];
    static unsigned next;
    unsigned at = next++ % 4;
    struct buf out = BUF_ON(text[at]);
    for (int i = 0; i < LABELS; i++)
        buf_put_text(&out, "a.");
    buf_put_text(&out, end);
    return buf_text(&out);
}

TEST(a_missing_name_of_many_labels_costs_little_more_than_one_of_few)
{
    static struct world world;
    world_open(&world, zone);
    const struct asked few = { .name = "none.example.org" },
                       many = { .name = long_name("example.org") },
                       foreign = { .name = long_name("example") };
    unsigned usual = cost_of(&world, &few, "NXDOMAIN");
    CHECK(usual > 0);
    /* Halving 118 labels takes seven. */
    enum {
        HALVINGS = 7
    };
    unsigned in_zone = cost_of(&world, &many, "NXDOMAIN");
    unsigned outside = cost_of(&world, &foreign, "REFUSED");
    if (in_zone > usual + HALVINGS || outside > usual + HALVINGS)
        fail_msg("usual %u, of many labels %u, foreign %u", usual, in_zone, outside);
    world_done(&world);
}

TEST(aliases_of_very_many_labels_are_followed_a_part_of_the_way)
{
    enum {
        LINKS = 10,
        SIZE = 8192
    };
    static char lines[SIZE];
    struct buf out = BUF_ON(lines);
    buf_put_text(&out, SOA);
    for (int i = 0; i < LINKS; i++)
        buf_printf(&out, "C%d.%s:%d.%s:60\n", i, long_name("example.org"), i + 1,
                   long_name("example.org"));
    static struct world world;
    world_open(&world, buf_text(&out));
    char first[300];
    CHECK(snprintf(first, sizeof(first), "0.%s", long_name("example.org")) > 0);
    struct asked asked = { .name = first };
    /* Each is some 120 steps from its zone. */
    CHECK_INT(reply_count(ask(&world, ANSWER_TCP, &asked), 1), ANSWER_STEPS / 120 + 1);
    CHECK_INT(reply_count(ask(&world, ANSWER_TCP, &asked), 2), 0);
    world_done(&world);
}

/* A query in hexadecimal and what is said to it; NULL: nothing. */
TEST(malformed_messages_are_refused_or_ignored)
{
#define HOME "04686f6d65076578616d706c65036f726700"
#define OPT_RR "00002904d0000000000000"
#define OPT_DO "00002904d0000080000000"
    static const struct {
        const char *hex, *want;
    } rows[] = {
        { "", NULL },
        { "1234000000010000000000", NULL },
        { "123480000001000000000000" HOME "00010001", NULL }, /* a reply */
        { "1234f8000001000000000000", NULL },
        { "123400000000000000000000", "FORMERR" },    /* no question */
        { "123401000001000000000000", "FORMERR rd" }, /* cut */
        { "123400000001000000000000" HOME, "FORMERR" },
        { "123400000001000000000000" HOME "000100", "FORMERR" },
        { "12340000000100000000000004686f6d", "FORMERR" },
        { "123400000002000000000000" HOME "00010001" HOME "00010001", "FORMERR" },
        { "123400000001000000000000c00c00010001", "FORMERR" }, /* points to itself */
        { "123400000001000000000000c01200010001" HOME, "FORMERR" },
        { "1234000000010000000000004061000001", "FORMERR" }, /* label types 01, 10 */
        { "1234000000010000000000008061000001", "FORMERR" },
        { "123400000001000000000001" HOME "00010001", "FORMERR" }, /* no additional */
        { "123400000001000000000001" HOME "00010001" OPT_RR,
          "NOERROR aa: home.example.org 60 A c0000201; "
          "additional: edns size=1232 flags=00000000" },
        /* Who speaks EDNS is answered so, whatever else is wrong (RFC 6891 7). */
        { "123400000001000000000002" HOME "00010001" OPT_RR OPT_RR,
          "FORMERR; " OPT_TOLD },
        { "123400000000000000000001" OPT_RR, "FORMERR; " OPT_TOLD },
        { "123400000000000000000001" OPT_DO, "FORMERR; " OPT_DO_TOLD },
        { "123400000002000000000001" HOME "00010001" HOME "00010001" OPT_RR,
          "FORMERR; " OPT_TOLD },
        { "123400000001000000000002" HOME "00010001"
          "c00c00010001000000000000" OPT_RR,
          "FORMERR; " OPT_TOLD },
        { "123428000001000000000001" HOME "00060001" OPT_RR,
          "NOTIMP opcode5; " OPT_TOLD },
        { "123420000001000000000001" HOME "00060001" OPT_DO,
          "REFUSED opcode4; " OPT_DO_TOLD },
        { "123428000001000000000001" HOME "00060001"
          "00002904d000",
          "NOTIMP opcode5" },
        /* its owner is not the root; it stands in another section */
        { "123400000001000000000001" HOME "0001000101610000290200000000000000",
          "FORMERR; " OPT_TOLD },
        { "123400000001000100000000" HOME "00010001" OPT_RR, "FORMERR" },
        { "123400000001000000010000" HOME "00010001" OPT_RR, "FORMERR" },
        { "123400000001000000000001" HOME "00010001"
          "00002904d0000000000005",
          "FORMERR; " OPT_TOLD },
        /* bytes behind the message */
        { "123400000001000000000000" HOME "00010001ffff",
          "NOERROR aa: home.example.org 60 A c0000201" },
        { "123400000001ffffffffffff" HOME "00010001", "FORMERR" },
        /* header only, another opcode */
        { "123410000000000000000000", "NOTIMP opcode2" },
        { "123430000000000000000000", "NOTIMP opcode6" },
        { "1234280100050000ffffffff", "NOTIMP opcode5" },
    };
    static struct world world;
    world_open(&world, zone);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct str hex = str_from(rows[i].hex);
        CHECK(str_from_hex(hex, world.query, hex.n / 2) == OK);
        struct str reply =
            answer_bytes(&world, ANSWER_UDP, str_bytes(world.query, hex.n / 2));
        CHECK((reply.n > 0) == (rows[i].want != NULL));
        if (rows[i].want)
            CHECK_TEXT(reply_text(reply), rows[i].want);
    }
    CHECK_INT(answer_counters(world.answer)->ignored, 4);
    world_done(&world);
}

TEST(a_query_cut_or_changed_anywhere_does_no_harm)
{
    static struct world world;
    world_open(&world, zone);
    struct asked asked = { .name = "x.wild.example.org",
                           .edns = true,
                           .options = "00030000" };
    struct str query = query_write(&asked, world.query);
    for (size_t n = 0; n < query.n; n++)
        (void)answer_bytes(&world, ANSWER_TCP, str_first(query, n));
    for (size_t at = 0; at < query.n * 8; at++) {
        world.query[at / 8] ^= (uint8_t)(1U << at % 8);
        struct str reply = answer_bytes(&world, ANSWER_UDP, query);
        CHECK(reply.n <= MESSAGE_UDP_EDNS);
        world.query[at / 8] ^= (uint8_t)(1U << at % 8);
    }
    CHECK_TEXT(reply_text(answer_bytes(&world, ANSWER_UDP, query)),
               "NOERROR aa: x.wild.example.org 60 A c0000209; "
               "additional: edns size=1232 flags=00000000");
    world_done(&world);
}

/* `count` addresses for many.example.org and a TXT of `text` bytes for text.example.org. */
static const char *many_lines(size_t count, size_t text)
{
    static char lines[1 << 20];
    struct buf out = BUF_ON(lines);
    buf_put_text(&out, SOA);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "+many.example.org:198.51.%zu.%zu:60\n", i / 250, i % 250);
    buf_put_text(&out, "'text.example.org:");
    for (size_t i = 0; i < text; i++)
        buf_put_u8(&out, 'x');
    buf_put_text(&out, ":60\n");
    CHECK(!out.full);
    return buf_text(&out);
}

TEST(what_is_too_large_is_cut_between_sets_and_marked)
{
    static const struct {
        size_t addresses;
        enum answer_transport transport;
        bool edns;
        uint16_t size;
        unsigned want; /* addresses in the reply */
        bool cut;
    } rows[] = {
        /* 12 + 22 bytes of header and question, 16 for each address, 11 for OPT */
        { 29, ANSWER_UDP, false, 0, 29, false },
        { 30, ANSWER_UDP, false, 0, 0, true },
        { 29, ANSWER_UDP, true, 512, 29, false },
        { 30, ANSWER_UDP, true, 512, 0, true },
        { 29, ANSWER_UDP, true, 100, 29, false }, /* counts as 512 */
        { 30, ANSWER_UDP, true, 100, 0, true },
        { 30, ANSWER_UDP, true, 600, 30, false },
        { 74, ANSWER_UDP, true, 1232, 74, false },
        { 75, ANSWER_UDP, true, 1232, 0, true },
        { 75, ANSWER_UDP, true, 65535, 0, true }, /* ours is the limit */
        { 75, ANSWER_TCP, false, 0, 75, false },
        { 75, ANSWER_TCP, true, 512, 75, false },
        { 4093, ANSWER_TCP, false, 0, 4093, false },
        { 4094, ANSWER_TCP, false, 0, 0, true },
        { 9000, ANSWER_TCP, true, 0, 0, true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        static struct world world;
        world_open(&world, many_lines(rows[i].addresses, 0));
        struct asked asked = { .name = "many.example.org",
                               .edns = rows[i].edns,
                               .size = rows[i].size };
        struct str reply = ask(&world, rows[i].transport, &asked);
        const char *text = reply_text(reply);
        CHECK_INT(reply_count(reply, 1), rows[i].want);
        CHECK_INT(reply_count(reply, 3), rows[i].edns ? 1 : 0);
        CHECK((strstr(text, " tc") != NULL) == rows[i].cut);
        CHECK(strstr(text, "NOERROR aa") == text);
        CHECK_INT(answer_counters(world.answer)->truncated, rows[i].cut ? 1 : 0);
        world_done(&world);
    }
}

TEST(long_replies_point_only_to_where_a_pointer_can_lead)
{
    static struct world world;
    static char lines[1 << 18];
    struct buf out = BUF_ON(lines);
    buf_put_text(&out, SOA);
    for (unsigned i = 0; i < 1200; i++)
        buf_printf(&out, "&many.many.example.org::n%u.some.longer.name.example.net:60\n",
                   i);
    buf_put_text(&out, "Zmany.many.example.org:a.example.org:b.example.org:1:1:1:1:1\n");
    world_open(&world, buf_text(&out));
    struct asked asked = { .name = "many.many.example.org", .type = RR_NS };
    struct str reply = ask(&world, ANSWER_TCP, &asked);
    CHECK(reply.n > 1 << 14);
    CHECK(strstr(reply_text(reply), "NS n1199.some.longer.name.example.net") != NULL);
    CHECK_INT(reply_count(reply, 1), 1200);
    world_done(&world);
}

TEST(glue_that_is_needed_and_does_not_fit_truncates)
{
    static struct world world;
    static char lines[1 << 16];
    struct buf out = BUF_ON(lines);
    buf_put_text(&out, SOA);
    for (unsigned i = 0; i < 20; i++)
        buf_printf(&out, "&sub.example.org:192.0.2.%u:n%u.sub.example.org:60\n", i, i);
    for (unsigned i = 0; i < 10; i++)
        buf_printf(
            &out,
            "&kin.example.org::n%u.example.org:60\n+n%u.example.org:192.0.2.%u:60\n", i,
            i, i);
    for (unsigned i = 0; i < 30; i++)
        buf_printf(&out, "+n0.example.org:198.51.100.%u:60\n", i);
    world_open(&world, buf_text(&out));

    struct asked asked = { .name = "x.sub.example.org" };
    struct str reply = ask(&world, ANSWER_UDP, &asked);
    CHECK(strstr(reply_text(reply), "NOERROR tc; authority") == reply_text(reply));
    CHECK_INT(reply_count(reply, 2), 20);
    reply = ask(&world, ANSWER_TCP, &asked);
    CHECK(strstr(reply_text(reply), "NOERROR; authority") == reply_text(reply));
    CHECK_INT(reply_count(reply, 3), 20);

    /* addresses that can be had elsewhere just stay away */
    asked.name = "x.kin.example.org";
    reply = ask(&world, ANSWER_UDP, &asked);
    CHECK(strstr(reply_text(reply), "NOERROR; authority") == reply_text(reply));
    CHECK_INT(reply_count(reply, 3), 9);
    world_done(&world);
}

TEST(a_chain_of_aliases_has_an_end)
{
    static struct world world;
    static char lines[4096];
    struct buf out = BUF_ON(lines);
    buf_put_text(&out, SOA);
    for (unsigned i = 0; i < 40; i++)
        buf_printf(&out, "Cc%u.example.org:c%u.example.org:60\n", i, i + 1);
    buf_put_text(&out, "+c40.example.org:192.0.2.1:60\n");
    world_open(&world, buf_text(&out));
    struct asked asked = { .name = "c0.example.org" };
    CHECK_INT(reply_count(ask(&world, ANSWER_TCP, &asked), 1), ANSWER_ALIASES + 1);
    asked.name = "c24.example.org"; /* 16 of them, then the address */
    struct str reply = ask(&world, ANSWER_TCP, &asked);
    CHECK(strstr(reply_text(reply), "c40.example.org 60 A c0000201") != NULL);
    CHECK_INT(reply_count(reply, 1), ANSWER_ALIASES + 1);
    world_done(&world);
}

TEST(without_an_image_everything_of_ours_fails_for_now)
{
    static struct world world;
    world_open(&world, zone);
    struct image *image = TAKE(world.image);
    struct asked asked = { .name = "home.example.org", .edns = true };
    CHECK_TEXT(reply_text(ask(&world, ANSWER_UDP, &asked)),
               "SERVFAIL; additional: edns size=1232 flags=00000000");
    CHECK_INT(answer_counters(world.answer)->rcodes[RCODE_SERVFAIL], 1);
    world.image = image;
    world_done(&world);
}

TEST(records_that_are_not_what_their_type_demands_are_left_out)
{
    static struct world world;
    world_open(&world,
               SOA ":short.example.org:33:\\000\\001:60\n"
                   ":name.example.org:33:\\000\\001\\000\\002\\000\\003\\005abc:60\n"
                   ":ptr.example.org:39:\\300\\014:60\n"
                   ":naptr.example.org:35:\\000\\001\\000\\001\\005a:60\n"
                   ":text.example.org:16:\\011abc:60\n"
                   ":empty.example.org:257::60\n"
                   ":beside.example.org:16:\\011abc:60\n'beside.example.org:abc:60\n"
                   ":example.org:16:\\011abc:60\n");
    static const struct asked rows[] = {
        { .name = "short.example.org", .type = RR_SRV },
        { .name = "name.example.org", .type = RR_SRV },
        { .name = "ptr.example.org", .type = 39 },
        { .name = "naptr.example.org", .type = 35 },
        { .name = "text.example.org", .type = RR_TXT },
        { .name = "text.example.org", .type = RR_ANY },
        { .name = "empty.example.org", .type = RR_CAA },
        { .name = "example.org", .type = RR_TXT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_TEXT(reply_text(ask(&world, ANSWER_UDP, &rows[i])),
                   "NOERROR aa; authority: " SOA_TEXT);
    static const struct row beside[] = {
        { { .name = "beside.example.org", .type = RR_TXT },
          "NOERROR aa: beside.example.org 60 TXT 03616263" },
        { { .name = "beside.example.org", .type = RR_ANY },
          "NOERROR aa: beside.example.org 60 TXT 03616263" },
    };
    for (size_t i = 0; i < LENGTH_OF(beside); i++)
        CHECK_TEXT(reply_text(ask(&world, ANSWER_UDP, &beside[i].asked)), beside[i].want);
    world_done(&world);
}

TEST(an_image_damaged_anywhere_does_no_harm)
{
    static struct world world;
    static const struct asked rows[] = {
        { .name = "www.example.org", .type = RR_AAAA },
        { .name = "x.sub.example.org" },
        { .name = "none.example.org", .edns = true },
        { .name = "example.org", .type = RR_ANY },
    };
    world_open(&world, zone);
    CLEANUP(mem_freep) char *bytes = NULL;
    size_t n = 0;
    CHECK(file_read(folder_file(&world.folder, "data.cdb"), 1 << 24, &bytes, &n, NULL) ==
          OK);
    image_close(TAKE(world.image));
    const char *path = folder_file(&world.folder, "data.cdb");
    for (size_t at = 2048; at < n; at += 7) {
        bytes[at] ^= (char)(1U << at % 8);
        FILE *file = fopen(path, "we");
        CHECK(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
        bytes[at] ^= (char)(1U << at % 8);
        if (image_open(path, &world.image, NULL))
            continue;
        for (size_t i = 0; i < LENGTH_OF(rows); i++)
            CHECK(ask(&world, ANSWER_UDP, &rows[i]).n >= MESSAGE_HEADER_SIZE);
        image_close(TAKE(world.image));
    }
    world_done(&world);
}

TEST(answers_are_counted)
{
    static struct world world;
    world_open(&world, zone);
    struct asked asked = { .name = "home.example.org" };
    (void)ask(&world, ANSWER_UDP, &asked);
    (void)ask(&world, ANSWER_UDP, &asked);
    asked.name = "none.example.org";
    (void)ask(&world, ANSWER_TCP, &asked);
    asked.name = "example.net";
    (void)ask(&world, ANSWER_TCP, &asked);
    const struct answer_counters *counters = answer_counters(world.answer);
    CHECK_INT(counters->queries[ANSWER_UDP], 2);
    CHECK_INT(counters->queries[ANSWER_TCP], 2);
    CHECK_INT(counters->rcodes[RCODE_NOERROR], 2);
    CHECK_INT(counters->rcodes[RCODE_NXDOMAIN], 1);
    CHECK_INT(counters->rcodes[RCODE_REFUSED], 1);
    CHECK_INT(counters->ignored, 0);
    world_done(&world);
}
