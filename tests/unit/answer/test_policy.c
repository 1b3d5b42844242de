// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <string.h>

#include "answer/answer.h"
#include "answer/limit.h"
#include "base/file.h"
#include "base/mem.h"
#include "dns/record.h"
#include "fixture.h"

static const char zone[] =
    "Zexample.org:ns.example.org:admin.example.org:7:1:2:3:60:300\n"
    "&example.org::ns.example.org:300\n"
    "+ns.example.org:192.0.2.53:300\n"
    "+home.example.org:192.0.2.1:60\n"
    "+*.wild.example.org:192.0.2.9:60\n"
    "+who.example.org:192.0.2.99:60\n"
    "'text.example.org:"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    ":60\n"
    "'long.example.org:"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123"
    ":60\n"
    "&sub.example.org:192.0.2.20:ns.sub.example.org:60\n";

enum {
    NOW_S = 1559731985
};

struct world {
    struct folder folder;
    struct image *image;
    struct answer *answer;
    struct answer_policy policy;
    struct cookie_secrets secrets;
    struct name whoami[2];
    const char *client;
    int64_t now_ms;
    uint8_t query[QUERY_MAX], reply[REPLY_MAX];
    size_t query_n;
};

static void world_open(struct world *world)
{
    struct error err = { .text = "" };
    memset(world, 0, sizeof(*world));
    world->client = "192.0.2.7";
    world->now_ms = 1000;
    folder_init(&world->folder);
    folder_publish(&world->folder, zone);
    if (image_open(folder_file(&world->folder, "data.cdb"), &world->image, &err))
        fail_msg("%s", err.text);
    world->answer = answer_new();
    world->secrets.count = 1;
    CHECK(!str_from_hex(STR("e5e973e5a6b2a43f48e7dc849e37bfcf"),
                        world->secrets.secrets[0], COOKIE_SECRET_SIZE));
    CHECK(!name_parse(STR("who.example.org"), &world->whoami[0], NULL));
    CHECK(!name_parse(STR("ip.example"), &world->whoami[1], NULL));
}

static void world_done(struct world *world)
{
    answer_free(world->answer);
    image_close(world->image);
    folder_done(&world->folder);
}

static struct str ask(struct world *world, enum answer_transport transport,
                      const struct asked *asked)
{
    struct str query = query_write(asked, world->query);
    struct answer_job job = { .transport = transport,
                              .query = world->query,
                              .query_n = query.n,
                              .reply = world->reply,
                              .now_s = NOW_S,
                              .now_ms = world->now_ms,
                              .idle_ds = 100 };
    CHECK(!ip_parse(str_from(world->client), &job.client));
    answer_follow(world->answer, &world->policy);
    world->query_n = query.n;
    return str_bytes(world->reply, answer_query(world->answer, world->image, &job));
}

static const char *told(struct world *world, const struct asked *asked)
{
    struct str reply = ask(world, ANSWER_UDP, asked);
    return reply.n ? reply_text(reply) : "nothing";
}

static const struct asked home = { .name = "home.example.org" };
#define HOME "NOERROR aa: home.example.org 60 A c0000201"
#define EDNS "; additional: edns size=1232 flags=00000000"

/* ----- options ----- */

/* A query with the option, and what the reply says of cookies in the same form; "" for none. */
static const char *cookie_told(struct world *world, const char *option)
{
    static char text[57];
    const char *reply = told(
        world,
        &(struct asked){ .name = "home.example.org", .edns = true, .options = option });
    const char *cookie = strstr(reply, "000a0018");
    struct buf out = BUF_ON(text);
    buf_put(&out, str_first(str_from(cookie ? cookie : ""), 56));
    return buf_text(&out);
}

#define CLIENT_COOKIE "000a00086162636465666768"

TEST(a_client_with_a_cookie_is_told_ours_and_known_by_it)
{
    static const char head[] = "000a0018"
                               "6162636465666768"
                               "010000005cf79f11";
    static struct world world;
    world_open(&world);
    world.policy.cookies = &world.secrets;
    CHECK_TEXT(cookie_told(&world, ""), "");
    char first[57];
    CHECK(snprintf(first, sizeof(first), "%s", cookie_told(&world, CLIENT_COOKIE)) == 56);
    CHECK(strncmp(first, head, sizeof(head) - 1) == 0);
    CHECK_INT(answer_counters(world.answer)->known, 0);
    CHECK_TEXT(cookie_told(&world, first), first);
    CHECK_INT(answer_counters(world.answer)->known, 1);
    world.policy.cookies = NULL;
    CHECK_TEXT(cookie_told(&world, first), "");
    world_done(&world);
}

TEST(a_cookie_of_a_bad_length_is_a_broken_query)
{
    static const char *const rows[] = { "000a0000", "000a000712345678901234",
                                        "000a000912345678901234567890",
                                        "000a0008123456789012345600", "000a00ff" };
    static struct world world;
    world_open(&world);
    world.policy.cookies = &world.secrets;
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_TEXT(told(&world, &(struct asked){ .name = "home.example.org",
                                                 .edns = true,
                                                 .options = rows[i] }),
                   "FORMERR; additional: edns size=1232 flags=00000000");
    world_done(&world);
}

TEST(a_cookie_may_be_asked_for_without_a_question)
{
    static const char with[] = "\x12\x34\0\0\0\0\0\0\0\0\0\1\0\0\x29\4\xd0\0\0\0\0\0\14"
                               "\0\12\0\10abcdefgh";
    static const char without[] =
        "\x12\x34\0\0\0\0\0\0\0\0\0\1\0\0\x29\4\xd0\0\0\0\0\0\0";
    static struct world world;
    world_open(&world);
    world.policy.cookies = &world.secrets;
    world.policy.amplify = 4;
    answer_follow(world.answer, &world.policy);
    struct answer_job job = { .transport = ANSWER_UDP,
                              .query = world.query,
                              .reply = world.reply,
                              .now_s = NOW_S };
    CHECK(!ip_parse(STR("192.0.2.7"), &job.client));
    memcpy(world.query, with, job.query_n = sizeof(with) - 1);
    struct str reply =
        str_bytes(world.reply, answer_query(world.answer, world.image, &job));
    const char *text = reply_text(reply);
    CHECK(strstr(text, "NOERROR; additional: edns size=1232 flags=00000000 000a0018"
                       "6162636465666768010000005cf79f11") == text);
    memcpy(world.query, without, job.query_n = sizeof(without) - 1);
    reply = str_bytes(world.reply, answer_query(world.answer, world.image, &job));
    CHECK_TEXT(reply_text(reply), "FORMERR; additional: edns size=1232 flags=00000000");
    world_done(&world);
}

TEST(who_we_are_is_told_when_asked_and_known)
{
    static const struct {
        const char *nsid;
        struct asked asked;
        const char *want;
    } rows[] = {
        { "ams1",
          { .name = "home.example.org", .edns = true, .options = "00030000" },
          HOME EDNS " 00030004616d7331" },
        { "ams1", { .name = "home.example.org", .edns = true }, HOME EDNS },
        { "",
          { .name = "home.example.org", .edns = true, .options = "00030000" },
          HOME EDNS },
        { "ams1",
          { .name = "Id.server", .type = RR_TXT, .class = CLASS_CHAOS },
          "NOERROR aa: Id.server 0 TXT 04616d7331" },
        { "ams1",
          { .name = "hostname.bind", .type = RR_ANY, .class = CLASS_CHAOS },
          "NOERROR aa: hostname.bind 0 TXT 04616d7331" },
        { "ams1", { .name = "id.server", .class = CLASS_CHAOS }, "NOERROR aa" },
        { "ams1",
          { .name = "version.bind", .type = RR_TXT, .class = CLASS_CHAOS },
          "REFUSED" },
        { "", { .name = "id.server", .type = RR_TXT, .class = CLASS_CHAOS }, "REFUSED" },
        { "ams1", { .name = "id.server", .type = RR_TXT }, "REFUSED" },
    };
    static struct world world;
    world_open(&world);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        world.policy.nsid = str_from(rows[i].nsid);
        CHECK_TEXT(told(&world, &rows[i].asked), rows[i].want);
        if (rows[i].asked.class == CLASS_CHAOS && rows[i].want[0] == 'N')
            CHECK_INT(world.reply[MESSAGE_HEADER_SIZE + world.query_n - 12 - 1], 3);
    }
    world_done(&world);
}

TEST(keepalive_is_told_over_tcp_when_asked)
{
    static const struct asked asked = { .name = "home.example.org",
                                        .edns = true,
                                        .options = "000b0000" };
    static struct world world;
    world_open(&world);
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, &asked)), HOME EDNS " 000b00020064");
    CHECK_TEXT(reply_text(ask(&world, ANSWER_UDP, &asked)), HOME EDNS);
    static const struct asked unasked = { .name = "home.example.org", .edns = true };
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, &unasked)), HOME EDNS);
    world_done(&world);
}

/* ----- whoami ----- */

#define SOA_OF(name) name " 0 SOA " name " . 1 86400 7200 3600000 0"

TEST(a_name_for_whoami_tells_who_asks)
{
    static const struct {
        const char *client;
        struct asked asked;
        const char *want;
    } rows[] = {
        { "192.0.2.7", { .name = "ip.example" }, "NOERROR aa: ip.example 0 A c0000207" },
        { "192.0.2.7",
          { .name = "ip.example", .type = RR_TXT },
          "NOERROR aa: ip.example 0 TXT 093139322e302e322e37" },
        { "192.0.2.7",
          { .name = "ip.example", .type = RR_AAAA },
          "NOERROR aa; authority: " SOA_OF("ip.example") },
        { "192.0.2.7",
          { .name = "ip.example", .type = RR_ANY },
          "NOERROR aa: ip.example 0 A c0000207" },
        { "192.0.2.7",
          { .name = "ip.example", .type = RR_SOA },
          "NOERROR aa: " SOA_OF("ip.example") },
        { "192.0.2.7",
          { .name = "ip.example", .type = RR_MX },
          "NOERROR aa; authority: " SOA_OF("ip.example") },
        { "2001:db8::7",
          { .name = "ip.example", .type = RR_AAAA },
          "NOERROR aa: ip.example 0 AAAA 20010db8000000000000000000000007" },
        { "2001:db8::7",
          { .name = "ip.example", .type = RR_TXT },
          "NOERROR aa: ip.example 0 TXT 0b323030313a6462383a3a37" },
        { "2001:db8::7",
          { .name = "ip.example" },
          "NOERROR aa; authority: " SOA_OF("ip.example") },
        /* it wins over a record */
        { "192.0.2.7",
          { .name = "WHO.example.org" },
          "NOERROR aa: WHO.example.org 0 A c0000207" },
        /* neither below it, nor in other classes, nor as a zone to be fetched */
        { "192.0.2.7", { .name = "x.ip.example" }, "REFUSED" },
        { "192.0.2.7", { .name = "ip.example", .class = CLASS_CHAOS }, "REFUSED" },
        { "192.0.2.7", { .name = "ip.example", .type = RR_AXFR }, "REFUSED" },
        { "192.0.2.7", { .name = "ip.example", .type = RR_IXFR }, "REFUSED" },
    };
    static struct world world;
    world_open(&world);
    world.policy.whoami = world.whoami;
    world.policy.whoami_count = 2;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        world.client = rows[i].client;
        CHECK_TEXT(told(&world, &rows[i].asked), rows[i].want);
    }
    world.client = rows[8].client;
    image_close(world.image); /* none is needed */
    world.image = NULL;
    CHECK_TEXT(told(&world, &rows[8].asked), rows[8].want);
    world_done(&world);
}

/* ----- amplification ----- */

TEST(a_reply_is_bounded_by_its_query_unless_the_client_is_known)
{
    static const struct {
        struct asked asked;
        bool cut;
    } rows[] = {
        { { .name = "home.example.org" }, false },
        { { .name = "home.example.org", .type = RR_AAAA }, false },
        { { .name = "missing.example.org" }, false },
        { { .name = "a.sub.example.org" }, false },
        { { .name = "example.org", .type = RR_NS }, false },
        { { .name = "example.org", .type = RR_SOA }, false },
        { { .name = "home.example.org", .type = RR_ANY }, false },
        /* Up to 512 bytes are never too much. */
        { { .name = "text.example.org", .type = RR_TXT }, false },
        { { .name = "text.example.org", .type = RR_TXT, .edns = true }, false },
        { { .name = "long.example.org", .type = RR_TXT, .edns = true }, true },
        { { .name = "example.org", .type = RR_ANY }, true }, /* its SOA record */
        { { .name = "text.example.org", .type = RR_ANY }, true },
        { { .name = "", .edns = true, .options = "00030000" }, false }, /* REFUSED */
    };
    static struct world world;
    world_open(&world);
    world.policy.nsid =
        STR("0123456789012345678901234567890123456789012345678901234567890123");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        world.policy.amplify = 4;
        struct str reply = ask(&world, ANSWER_UDP, &rows[i].asked);
        bool half = rows[i].asked.type == RR_ANY || rows[i].asked.name[0] == 0;
        size_t most = world.query_n * (half ? 2 : 4);
        CHECK(reply.n <= (half || most > 512 ? most : 512));
        CHECK_INT(strstr(reply_text(reply), " tc") != NULL, rows[i].cut);
        CHECK(!strstr(reply_text(ask(&world, ANSWER_TCP, &rows[i].asked)), " tc"));
        world.policy.amplify = 0;
        CHECK(!strstr(told(&world, &rows[i].asked), " tc"));
    }
    world_done(&world);
}

TEST(a_good_cookie_lifts_all_bounds)
{
    static struct world world;
    world_open(&world);
    world.policy.cookies = &world.secrets;
    world.policy.amplify = 3;
    world.policy.rate = 1;
    struct asked asked = { .name = "long.example.org",
                           .type = RR_TXT,
                           .edns = true,
                           .options = cookie_told(&world, CLIENT_COOKIE) };
    for (int i = 0; i < 10; i++)
        CHECK(!strstr(told(&world, &asked), " tc"));
    world.client = "192.0.2.8"; /* stolen */
    CHECK(strstr(told(&world, &asked), " tc"));
    world_done(&world);
}

/* ----- rate ----- */

TEST(too_many_answers_are_cut_and_dropped_in_turn)
{
    static struct world world;
    world_open(&world);
    world.policy.rate = 10;
    for (int i = 0; i < 10; i++)
        CHECK_TEXT(told(&world, &home), HOME);
    for (int i = 0; i < 3; i++) {
        CHECK_TEXT(told(&world, &home), "NOERROR tc");
        CHECK_TEXT(told(&world, &home), "nothing");
    }
    CHECK_INT(answer_counters(world.answer)->slipped, 3);
    CHECK_INT(answer_counters(world.answer)->dropped, 3);
    CHECK_INT(answer_counters(world.answer)->queries[ANSWER_UDP], 16);
    CHECK_INT(answer_counters(world.answer)->rcodes[RCODE_NOERROR], 13);
    /* over TCP nobody is slowed */
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, &home)), HOME);
    world.now_ms += 100; /* one more is due */
    CHECK_TEXT(told(&world, &home), HOME);
    CHECK_TEXT(told(&world, &home), "NOERROR tc");
    world_done(&world);
}

TEST(a_reply_that_is_large_for_its_query_counts_as_several)
{
    static const struct {
        uint32_t amplify, rate;
        int whole;
    } rows[] = { { 0, 12, 12 }, /* query of 34 bytes, reply of 239 */
                 { 8, 12, 12 },
                 { 4, 12, 6 },
                 { 2, 12, 3 },
                 { 2, 1, 1 } }; /* one there is always */
    static const struct asked asked = { .name = "text.example.org", .type = RR_TXT };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        static struct world world;
        world_open(&world);
        world.policy.amplify = rows[i].amplify;
        world.policy.rate = rows[i].rate;
        int whole = 0;
        while (strncmp(told(&world, &asked), "NOERROR aa", 10) == 0)
            whole++;
        CHECK_INT(whole, rows[i].whole);
        world_done(&world);
    }
}

TEST(who_shows_a_cookie_is_told_to_come_back_with_ours)
{
    static const struct asked asked = { .name = "home.example.org",
                                        .edns = true,
                                        .options = "000a0008"
                                                   "6162636465666768" };
    static struct world world;
    world_open(&world);
    world.policy.cookies = &world.secrets;
    world.policy.rate = 1;
    CHECK(strstr(told(&world, &asked), HOME));
    /* BADCOOKIE is 16 + 7 */
    const char *text = told(&world, &asked);
    CHECK(strstr(text, "additional: edns size=1232 flags=01000000 000a0018") != NULL);
    CHECK_INT(world.reply[3] & 0xf, 7);
    CHECK_INT(answer_counters(world.answer)->rcodes[RCODE_BADCOOKIE], 1);
    world_done(&world);
}

TEST(what_is_limited_together)
{
    static const struct {
        const char *client, *other;
        struct asked first, second;
        bool together;
    } rows[] = {
        { "192.0.2.7",
          "192.0.2.250",
          { .name = "home.example.org" },
          { .name = "home.example.org", .type = RR_AAAA },
          true },
        { "192.0.2.7",
          "192.0.3.7",
          { .name = "home.example.org" },
          { .name = "home.example.org" },
          false },
        { "2001:db8:0:1::7",
          "2001:db8:0:ff::7",
          { .name = "home.example.org" },
          { .name = "home.example.org" },
          true },
        { "2001:db8:0:1::7",
          "2001:db8:0:100::7",
          { .name = "home.example.org" },
          { .name = "home.example.org" },
          false },
        { "192.0.2.7",
          "192.0.2.7",
          { .name = "home.example.org" },
          { .name = "ns.example.org" },
          false },
        { "192.0.2.7",
          "192.0.2.7",
          { .name = "a.example.org" },
          { .name = "b.example.org" },
          true },
        { "192.0.2.7",
          "192.0.2.7",
          { .name = "a.wild.example.org" },
          { .name = "b.wild.example.org" },
          true },
        { "192.0.2.7",
          "192.0.2.7",
          { .name = "a.sub.example.org" },
          { .name = "b.sub.example.org" },
          true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        static struct world world;
        world_open(&world);
        world.policy.rate = 1;
        world.client = rows[i].client;
        CHECK(!strstr(told(&world, &rows[i].first), " tc"));
        world.client = rows[i].other;
        CHECK_INT(strstr(told(&world, &rows[i].second), " tc") != NULL, rows[i].together);
        world_done(&world);
    }
}

TEST(errors_are_limited_whatever_they_are_for)
{
    static struct world world;
    world_open(&world);
    world.policy.rate = 1;
    CHECK_TEXT(told(&world, &(struct asked){ .name = "example.net" }), "REFUSED");
    CHECK_TEXT(told(&world, &(struct asked){ .name = "example.com" }), "REFUSED");
    CHECK_TEXT(told(&world, &(struct asked){ .name = "example.com" }), "nothing");
    CHECK_TEXT(told(&world, &(struct asked){ .name = "x", .flags = 0x2800 }),
               "NOTIMP opcode5");
    CHECK_TEXT(told(&world, &(struct asked){ .name = "x", .flags = 0x2800 }), "nothing");
    world_done(&world);
}

TEST(networks_may_be_exempt_from_the_rate)
{
    static struct prefix exempt[2];
    static struct world world;
    world_open(&world);
    CHECK(!prefix_parse(STR("2001:db8::/32"), &exempt[0]));
    CHECK(!prefix_parse(STR("192.0.2.0/29"), &exempt[1]));
    world.policy.rate = 1;
    world.policy.exempt = exempt;
    world.policy.exempt_count = LENGTH_OF(exempt);
    for (int i = 0; i < 5; i++)
        CHECK_TEXT(told(&world, &home), HOME);
    world.client = "192.0.2.8";
    CHECK_TEXT(told(&world, &home), "NOERROR tc");
    CHECK_TEXT(told(&world, &home), "nothing");
    world_done(&world);
}

TEST(a_rate_can_be_changed)
{
    static struct world world;
    world_open(&world);
    world.policy.rate = 1;
    CHECK_TEXT(told(&world, &home), HOME);
    CHECK_TEXT(told(&world, &home), "NOERROR tc");
    world.policy.rate = 0;
    for (int i = 0; i < 5; i++)
        CHECK_TEXT(told(&world, &home), HOME);
    world.policy.rate = 2;
    CHECK_TEXT(told(&world, &home), HOME);
    CHECK_TEXT(told(&world, &home), HOME);
    CHECK_TEXT(told(&world, &home), "nothing");
    world_done(&world);
}

/* ----- counters ----- */

TEST(a_query_that_is_looked_up_again_counts_once)
{
    static struct world world;
    world_open(&world);
    world.policy.rate = 1;
    CHECK_TEXT(told(&world, &home), HOME);
    struct answer_job job = { .transport = ANSWER_UDP,
                              .query = world.query,
                              .query_n = world.query_n,
                              .reply = world.reply,
                              .now_ms = world.now_ms,
                              .again = true };
    CHECK(!ip_parse(str_from(world.client), &job.client));
    size_t n = answer_query(world.answer, world.image, &job);
    CHECK_TEXT(reply_text(str_bytes(world.reply, n)), HOME);
    CHECK_INT(answer_counters(world.answer)->queries[ANSWER_UDP], 1);
    CHECK_INT(answer_counters(world.answer)->types[RR_A], 1);
    world_done(&world);
}

TEST(questions_are_counted_by_type)
{
    static struct world world;
    world_open(&world);
    (void)told(&world, &home);
    (void)told(&world, &home);
    (void)told(&world, &(struct asked){ .name = "home.example.org", .type = RR_CAA });
    (void)told(&world, &(struct asked){ .name = "home.example.org", .type = 258 });
    (void)told(&world, &(struct asked){ .name = "home.example.org", .type = 65535 });
    (void)told(&world, &(struct asked){ .name = "home.example.org", .flags = 0x2800 });
    const struct answer_counters *counters = answer_counters(world.answer);
    CHECK_INT(counters->types[RR_A], 2);
    CHECK_INT(counters->types[RR_CAA], 1);
    CHECK_INT(counters->types[ANSWER_TYPES], 2);
    CHECK_INT(counters->queries[ANSWER_UDP], 6);
    world_done(&world);
}
