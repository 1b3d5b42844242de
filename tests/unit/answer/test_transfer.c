// SPDX-License-Identifier: GPL-3.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "allowed.h"
#include "answer/transfer.h"
#include "answer/transfer_turns.h"
#include "base/mem.h"
#include "dns/record.h"
#include "image/history.h"
#include "live.h"

#define SOA_AT(zone, serial) \
    "Z" zone ":ns.example.org:admin.example.org:" #serial ":1:2:3:60:300\n"
#define SOA_TEXT "example.org 300 SOA ns.example.org admin.example.org 7 1 2 3 60"

static const char zone[] = SOA_AT(
    "example.org", 7) "&example.org::ns.example.org:300\n"
                      "+home.example.org:192.0.2.1:60\n"
                      "+*.wild.example.org:192.0.2.9:60\n"
                      "&sub.example.org:192.0.2.20:ns.sub.example.org:60\n" SOA_AT(
                          "child.example.org",
                          3) "&child.example.org::ns.child.example.org:60\n"
                             "+ns.child.example.org:192.0.2.30:60\n"
                             "+inner.child.example.org:192.0.2.31:60\n" SOA_AT(
                                 "example.net", 1) "+home.example.net:192.0.2.40:60\n";

enum {
    NOW_S = 1700000000,
    MANY = 8000, /* hosts: more than sockets hold */
};

struct world {
    struct folder folder;
    struct image *image;
    struct answer *answer;
    struct tsig_key key;
    struct prefix from;
    struct name other;
    struct answer_secondary secondaries[3];
    struct answer_access access;
    struct ip client;
    uint8_t query[QUERY_MAX], reply[MESSAGE_SIZE];
    struct transfer *transfer;
};

static void set_access(struct tsig_key *key, struct prefix *from, struct name *other,
                       struct answer_secondary secondaries[3],
                       struct answer_access *access)
{
    allowed_key(key);
    CHECK(prefix_parse(STR("127.0.0.0/24"), from) == OK);
    CHECK(name_parse(STR("example.net"), other, NULL) == OK);
    /* By address; by key, for one zone; by neither, which is nobody. */
    secondaries[0] = (struct answer_secondary){ .from = from, .from_count = 1 };
    secondaries[1] =
        (struct answer_secondary){ .key = key, .zones = other, .zone_count = 1 };
    secondaries[2] = (struct answer_secondary){ .key = NULL };
    *access = (struct answer_access){
        .keys = key, .key_count = 1, .secondaries = secondaries, .secondary_count = 3
    };
}

static void world_open(struct world *world, const char *lines)
{
    struct error err = { .text = "" };
    memset(world, 0, sizeof(*world));
    folder_init(&world->folder);
    folder_publish(&world->folder, lines);
    if (image_open(folder_file(&world->folder, "data.cdb"), &world->image, &err))
        fail_msg("%s", err.text);
    world->answer = answer_new();
    set_access(&world->key, &world->from, &world->other, world->secondaries,
               &world->access);
    answer_allow(world->answer, &world->access);
    CHECK(ip_parse(STR("127.0.0.1"), &world->client) == OK);
}

static void world_done(struct world *world)
{
    transfer_free(world->transfer);
    answer_free(world->answer);
    image_close(world->image);
    folder_done(&world->folder);
}

static struct str send_query(struct world *world, enum answer_transport transport,
                             size_t n)
{
    struct answer_job job = { .transport = transport,
                              .query = world->query,
                              .query_n = n,
                              .reply = world->reply,
                              .client = world->client,
                              .now_s = NOW_S,
                              .transfer_out =
                                  transport == ANSWER_TCP ? &world->transfer : NULL };
    transfer_free(world->transfer);
    world->transfer = NULL;
    n = answer_query(world->answer, world->image, &job);
    if (world->transfer) {
        CHECK_INT(n, 0);
        n = transfer_next(world->transfer, world->reply);
    }
    return str_bytes(world->reply, n);
}

static struct str ask(struct world *world, enum answer_transport transport,
                      const char *name, uint16_t type)
{
    struct asked asked = { .name = name, .type = type };
    return send_query(world, transport, query_write(&asked, world->query).n);
}

TEST(a_zone_is_sent_between_two_soa_records)
{
    static const struct {
        const char *name, *want;
    } rows[] = {
        { "example.org",
          "NOERROR aa: " SOA_TEXT ", example.org 300 NS ns.example.org, "
          "home.example.org 60 A c0000201, *.wild.example.org 60 A c0000209, "
          "sub.example.org 60 NS ns.sub.example.org, "
          "ns.sub.example.org 60 A c0000214, "
          "child.example.org 60 NS ns.child.example.org, "
          "ns.child.example.org 60 A c000021e, " SOA_TEXT },
        { "example.net",
          "NOERROR aa: example.net 300 SOA ns.example.org admin.example.org 1 1 2 3 60, "
          "home.example.net 60 A c0000228, "
          "example.net 300 SOA ns.example.org admin.example.org 1 1 2 3 60" },
    };
    static struct world world;
    world_open(&world, zone);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, rows[i].name, RR_AXFR)),
                   rows[i].want);
        CHECK(transfer_is_over(world.transfer));
        CHECK_INT(transfer_next(world.transfer, world.reply), 0);
        CHECK_INT(answer_counters(world.answer)->transfers, i + 1);
    }
    world_done(&world);
}

/* All that a walk gave, as text. */
static enum status note(void *ctx, const struct record *record)
{
    struct buf *out = (struct buf *)ctx;
    name_format(&record->owner, out);
    buf_printf(out, " %d %u ", record->wildcard, record->type);
    buf_put_hex(out, record->rdata);
    buf_put_u8(out, '\n');
    return OK;
}

TEST(a_zone_is_read_the_same_in_steps_of_any_size)
{
    static const char *const zones[] = { "example.org", "example.net",
                                         "home.example.net" };
    static struct world world;
    static char whole[4096], parts[4096];
    world_open(&world, zone);
    for (size_t i = 0; i < LENGTH_OF(zones); i++) {
        struct name name;
        struct buf want = BUF_ON(whole);
        CHECK(name_parse(str_from(zones[i]), &name, NULL) == OK);
        CHECK(image_walk_zone(world.image, &name, note, &want) == OK && !want.full);
        CHECK((want.n > 0) == (i < 2));
        for (size_t step = 1; step < 12; step++) {
            CLEANUP(image_walk_freep)
            struct image_walk *walk = image_walk_new(world.image, &name);
            struct buf got = BUF_ON(parts);
            while (!image_walk_is_done(walk))
                CHECK(image_walk_some(walk, step, note, &got) == OK);
            CHECK(str_equal(buf_str(&got), buf_str(&want)));
        }
    }
    world_done(&world);
}

TEST(what_is_not_ours_or_not_for_the_client_is_refused)
{
    static const struct {
        const char *client, *name;
        uint16_t type;
        enum answer_transport transport;
        const char *want;
    } rows[] = {
        { "127.0.0.1", "home.example.org", RR_AXFR, ANSWER_TCP, "NOTAUTH" },
        { "127.0.0.1", "example.com", RR_AXFR, ANSWER_TCP, "NOTAUTH" },
        { "127.0.0.1", "example.org", RR_AXFR, ANSWER_UDP, "REFUSED" },
        { "127.0.0.1", "example.org", RR_IXFR, ANSWER_TCP, "FORMERR" },
        { "127.0.1.1", "example.org", RR_AXFR, ANSWER_TCP, "REFUSED" },
        { "127.0.1.1", "example.net", RR_AXFR, ANSWER_TCP, "REFUSED" },
        { "::1", "example.org", RR_AXFR, ANSWER_TCP, "REFUSED" },
        { "192.0.2.1", "example.org", RR_IXFR, ANSWER_UDP, "REFUSED" },
    };
    static struct world world;
    world_open(&world, zone);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK(ip_parse(str_from(rows[i].client), &world.client) == OK);
        struct str reply = ask(&world, rows[i].transport, rows[i].name, rows[i].type);
        CHECK_TEXT(reply_text(reply), rows[i].want);
        CHECK(!world.transfer);
    }
    CHECK_INT(answer_counters(world.answer)->transfers, 0);
    CHECK_INT(answer_counters(world.answer)->transfer_records, 0);
    world_done(&world);
}

TEST(ixfr_gets_the_zone_unless_the_client_has_it)
{
    static const struct {
        uint32_t serial;
        enum answer_transport transport;
        size_t records;
    } rows[] = {
        { 6, ANSWER_TCP, 9 },
        { 7, ANSWER_TCP, 1 },
        { 8, ANSWER_TCP, 1 },
        { 0x80000008, ANSWER_TCP, 9 },
        { 0x80000006, ANSWER_TCP, 1 },
        { 0x80000007, ANSWER_TCP, 9 }, /* neither is newer */
        { 6, ANSWER_UDP, 1 },
        { 7, ANSWER_UDP, 1 },
    };
    static struct world world;
    world_open(&world, zone);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct asked asked = { .name = "example.org",
                               .type = RR_IXFR,
                               .has_serial = true,
                               .serial = rows[i].serial };
        size_t n = query_write(&asked, world.query).n;
        struct str reply = send_query(&world, rows[i].transport, n);
        CHECK_INT(reply_count(reply, 1), rows[i].records);
        CHECK(strncmp(reply_text(reply), "NOERROR aa: " SOA_TEXT,
                      strlen("NOERROR aa: " SOA_TEXT)) == 0);
    }
    world_done(&world);
}

TEST(a_signed_query_gets_a_signed_reply)
{
    static const struct {
        const char *name;
        uint16_t type;
        enum answer_transport transport;
        unsigned rcode, records;
    } rows[] = {
        { "example.net", RR_AXFR, ANSWER_TCP, 0, 3 }, /* by key, from anywhere */
        { "example.org", RR_AXFR, ANSWER_TCP, RCODE_REFUSED, 0 },
        { "example.org", RR_SOA, ANSWER_UDP, 0, 1 },
        { "example.org", RR_SOA, ANSWER_TCP, 0, 1 },
        { "missing.example.org", RR_A, ANSWER_UDP, RCODE_NXDOMAIN, 0 },
        { "example.com", RR_A, ANSWER_UDP, RCODE_REFUSED, 0 },
    };
    static struct world world;
    world_open(&world, zone);
    CHECK(ip_parse(STR("2001:db8::1"), &world.client) == OK);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct asked asked = { .name = rows[i].name, .type = rows[i].type };
        size_t n = query_write(&asked, world.query).n;
        struct tsig tsig;
        CHECK(tsig_sign_request(&tsig, &world.key, world.query, &n, QUERY_MAX, NULL) ==
              OK);
        struct str reply = send_query(&world, rows[i].transport, n);
        CHECK_INT(tsig_check_reply(&tsig, (const uint8_t *)reply.at, reply.n), TSIG_GOOD);
        CHECK_INT(reply.at[3] & 0xf, rows[i].rcode);
        CHECK_INT(reply_count(reply, 1), rows[i].records);
        if (rows[i].transport == ANSWER_UDP)
            CHECK(reply.n <= MESSAGE_UDP_PLAIN);
    }
    world_done(&world);
}

TEST(a_query_signed_by_somebody_else_gets_notauth)
{
    static struct world world;
    world_open(&world, zone);
    static const char *const secrets[] = { "k.example", "other.example" };
    for (size_t i = 0; i < LENGTH_OF(secrets); i++) {
        struct tsig_key key = world.key;
        struct tsig tsig;
        key.secret[0] ^= 1;
        CHECK(name_parse(str_from(secrets[i]), &key.name, NULL) == OK);
        for (int transport = ANSWER_UDP; transport <= ANSWER_TCP; transport++) {
            struct asked asked = { .name = "example.org", .type = RR_AXFR };
            size_t n = query_write(&asked, world.query).n;
            CHECK(tsig_sign_request(&tsig, &key, world.query, &n, QUERY_MAX, NULL) == OK);
            struct str reply = send_query(&world, (enum answer_transport)transport, n);
            CHECK(!world.transfer);
            CHECK_INT(reply.at[3] & 0xf, RCODE_NOTAUTH);
            CHECK_INT(reply_count(reply, 1), 0);
            CHECK_INT(reply_count(reply, 3), 1); /* the error, without a MAC */
            uint8_t error = (uint8_t)reply.at[reply.n - 3];
            CHECK_INT(error, i == 0 ? TSIG_BADSIG : TSIG_BADKEY);
        }
    }
    world_done(&world);
}

/* `count` hosts h0, h1, ... of example.org with a text each, and another zone. */
static char *large_lines(size_t count, int serial)
{
    size_t size = count * 1400 + 1024;
    char *lines = (char *)mem_new(size);
    struct buf out = buf_on(lines, size);
    buf_printf(&out, "Zexample.org:ns.example.org:admin.example.org:%d:1:2:3:60:300\n",
               serial);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "'h%zu.example.org:%d some text of %01200d:60\n", i, serial, 0);
    buf_put_text(&out, SOA_AT("example.net", 1) "+home.example.net:192.0.2.40:60\n");
    CHECK(!out.full);
    (void)buf_text(&out);
    return lines;
}

TEST(a_large_zone_comes_in_large_messages_that_are_all_signed)
{
    enum {
        HOSTS = 500
    };
    CLEANUP(mem_freep) char *lines = large_lines(HOSTS, 7);
    static struct world world;
    world_open(&world, lines);
    world.secondaries[1].zone_count = 0;
    struct asked asked = { .name = "example.org", .type = RR_AXFR };
    size_t n = query_write(&asked, world.query).n, records = 0, messages = 0;
    struct tsig tsig;
    CHECK(tsig_sign_request(&tsig, &world.key, world.query, &n, QUERY_MAX, NULL) == OK);
    for (struct str reply = send_query(&world, ANSWER_TCP, n); reply.n > 0; messages++) {
        records += reply_count(reply, 1);
        CHECK_INT(reply_count(reply, 3), 1);
        CHECK(reply.n <= TRANSFER_MESSAGE + TSIG_ROOM);
        reply.n = transfer_next(world.transfer, world.reply);
    }
    CHECK_INT(records, HOSTS + 2);
    CHECK(messages > 5 && messages < HOSTS / 5);
    world_done(&world);
}

TEST(a_small_zone_among_many_records_is_read_alone)
{
    enum {
        HOSTS = 500
    };
    CLEANUP(mem_freep) char *lines = large_lines(HOSTS, 7);
    static struct world world;
    world_open(&world, lines);
    struct str reply = ask(&world, ANSWER_TCP, "example.net", RR_AXFR);
    CHECK_INT(reply_count(reply, 1), 3);
    CHECK_INT(answer_counters(world.answer)->transfer_records, 2);
    world_done(&world);
}

TEST(records_that_are_not_what_their_type_demands_are_left_out_of_a_transfer)
{
    static struct world world;
    world_open(&world, SOA_AT("example.org", 7) ":short.example.org:33:\\000\\001:60\n"
                                                ":text.example.org:16:\\011abc:60\n"
                                                ":empty.example.org:257::60\n"
                                                "'good.example.org:abc:60\n"
                                                ":good.example.org:16:\\011abc:60\n");
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, "example.org", RR_AXFR)),
               "NOERROR aa: " SOA_TEXT ", good.example.org 60 TXT 03616263, " SOA_TEXT);
    world_done(&world);
}

TEST(clients_get_the_records_of_their_place_and_time)
{
    /* 4000000065 53f10a is NOW_S as TAI64 */
    static const char lines[] =
        SOA_AT("example.org", 7) "%in:127.0\n"
                                 "+a.example.org:192.0.2.1:60::in\n"
                                 "+b.example.org:192.0.2.2:60::ex\n"
                                 "+c.example.org:192.0.2.3:0:400000006553f20a\n"
                                 "+d.example.org:192.0.2.4:0:400000006553f00a\n"
                                 "+e.example.org:192.0.2.5:60:400000006553f00a\n"
                                 "+f.example.org:192.0.2.6:60:400000006553f20a\n";
    static struct world world;
    world_open(&world, lines);
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, "example.org", RR_AXFR)),
               "NOERROR aa: " SOA_TEXT ", a.example.org 60 A c0000201, "
               "c.example.org 2 A c0000203, e.example.org 60 A c0000205, " SOA_TEXT);
    CHECK_TEXT(reply_text(ask(&world, ANSWER_UDP, "a.example.org", RR_A)),
               "NOERROR aa: a.example.org 60 A c0000201");
    CHECK_TEXT(reply_text(ask(&world, ANSWER_UDP, "c.example.org", RR_A)),
               "NOERROR aa: c.example.org 256 A c0000203");
    CHECK(ip_parse(STR("127.1.0.1"), &world.client) == OK);
    CHECK_TEXT(reply_text(ask(&world, ANSWER_UDP, "e.example.org", RR_A)),
               "NOERROR aa: e.example.org 60 A c0000205");
    CHECK(strncmp(reply_text(ask(&world, ANSWER_UDP, "a.example.org", RR_A)),
                  "NOERROR aa: a", 13) != 0);
    world_done(&world);
}

TEST(much_that_is_not_sent_is_read_in_several_turns)
{
    enum {
        HOSTS = 10000
    };
    CLEANUP(mem_freep) char *lines = (char *)mem_new((size_t)HOSTS * 64);
    struct buf out = buf_on(lines, (size_t)HOSTS * 64);
    buf_put_text(&out, SOA_AT("example.org", 7));
    for (int i = 0; i < HOSTS; i++)
        buf_printf(&out, "+h%d.example.org:192.0.2.1:60::ex\n", i);
    static struct world world;
    world_open(&world, buf_text(&out));
    struct str reply = ask(&world, ANSWER_TCP, "example.org", RR_AXFR);
    size_t turns = 0;
    for (; reply.n == 0; turns++) {
        CHECK(!transfer_is_over(world.transfer) && turns < HOSTS);
        reply.n = transfer_next(world.transfer, world.reply);
    }
    CHECK(turns > 0);
    CHECK_TEXT(reply_text(reply), "NOERROR aa: " SOA_TEXT ", " SOA_TEXT);
    CHECK(transfer_is_over(world.transfer));
    world_done(&world);
}

/* ----- over sockets ----- */

struct server {
    struct live live;
    struct tsig_key key;
    struct prefix from;
    struct name other;
    struct answer_secondary secondaries[3];
    struct answer_access access;
};

static void server_open(struct server *server, const char *lines)
{
    struct answer_tcp_limits limits = {
        .connections = 100, .per_source = 100, .idle_ms = 10000, .idle_busy_ms = 2000
    };
    live_open(&server->live, lines, "127.0.0.1", &limits);
    set_access(&server->key, &server->from, &server->other, server->secondaries,
               &server->access);
    answer_server_allow(server->live.server, &server->access);
}

static const struct asked whole_zone = { .name = "example.org", .type = RR_AXFR };
/* Turns the loop until a transfer waits for its reader: the kernel, which may be busy, has moved
 * all that the sockets take. */
static void settle_full(struct live *live)
{
    enum {
        QUIET_TURNS = 20,
        QUIET_MS = 5
    };
    uint64_t before = 0;
    for (int quiet = 0; quiet < QUIET_TURNS; quiet++) {
        live_settle(live);
        loop_turn(live->loop, QUIET_MS);
        uint64_t records = answer_server_counters(live->server)->transfer_records;
        quiet = records > before ? 0 : quiet;
        before = records;
    }
    CHECK(before > 0 && before < MANY);
}

static const struct asked home = { .name = "home.example.net" };
#define HOME "NOERROR aa: home.example.net 60 A c0000228"

/* Takes the messages of a transfer until it has `count` records. */
static void take_records(struct live *live, int fd, size_t count, const char *in_each)
{
    size_t records = 0;
    while (records < count) {
        struct str reply = live_reply(live, fd);
        records += reply_count(reply, 1);
        CHECK(strstr(reply_text(reply), in_each) != NULL);
    }
    CHECK_INT(records, count);
}

TEST(one_snapshot_is_sent_although_the_image_is_replaced)
{
    CLEANUP(mem_freep) char *old = large_lines(MANY, 7);
    CLEANUP(mem_freep) char *new = large_lines(10, 8);
    struct server server;
    server_open(&server, old);
    struct live *live = &server.live;
    int fd = live_tcp(live, "127.0.0.1", NULL), other = live_tcp(live, "127.0.0.1", NULL);
    live_send(live, fd, live_framed(&whole_zone));
    live_send(live, fd, live_framed(&home)); /* waits behind it */
    settle_full(live);
    folder_publish(&live->folder, new);
    live_settle(live);
    live_send(live, other, live_framed(&whole_zone));
    take_records(live, other, 12, "3820736f6d65"); /* "8 some" */
    live_send(live, other, live_framed(&home));    /* others are served meanwhile */
    CHECK_TEXT(reply_text(live_reply(live, other)), HOME);

    take_records(live, fd, MANY + 2, "3720736f6d65"); /* "7 some" */
    CHECK_TEXT(reply_text(live_reply(live, fd)), HOME);
    CHECK_INT(answer_server_connections(live->server), 2);
    CHECK(close(fd) == 0 && close(other) == 0);
    live_close(live);
}

TEST(who_does_not_read_a_transfer_on_is_cut_off)
{
    CLEANUP(mem_freep) char *lines = large_lines(MANY, 7);
    struct server server;
    server_open(&server, lines);
    struct live *live = &server.live;
    int slow = live_tcp(live, "127.0.0.1", NULL),
        gone = live_tcp(live, "127.0.0.1", NULL);
    live_send(live, slow, live_framed(&whole_zone));
    live_send(live, gone, live_framed(&whole_zone));
    live_settle(live);
    CHECK_INT(answer_server_connections(live->server), 2);
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    CHECK(setsockopt(gone, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
    CHECK(close(gone) == 0);
    live_settle(live);
    CHECK_INT(answer_server_connections(live->server), 1);
    live_pass(live, 10000);
    CHECK_INT(answer_server_connections(live->server), 0);
    CHECK(close(slow) == 0);
    live_close(live);
}

TEST(a_file_that_is_cut_in_place_ends_its_transfers)
{
    CLEANUP(mem_freep) char *lines = large_lines(MANY, 7);
    struct server server;
    server_open(&server, lines);
    struct live *live = &server.live;
    int fd = live_tcp(live, "127.0.0.1", NULL);
    live_send(live, fd, live_framed(&whole_zone));
    settle_full(live);
    CHECK(truncate(folder_file(&live->folder, "data.cdb"), 3000) == 0);
    live_pass(live, 1000); /* it is seen */
    uint8_t bytes[4096];
    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        live_settle(live);
    CHECK(live_is_closed(live, fd));
    CHECK_INT(answer_server_connections(live->server), 0);
    CHECK(close(fd) == 0);
    live_close(live);
}

/* A step of the zone from serial `from` to the next one, with `count` long texts. */
static void add_step(struct history *history, uint32_t from, size_t count)
{
    char data[201], name[64];
    struct name apex;
    memset(data, 't', sizeof(data));
    data[0] = (char)(sizeof(data) - 1);
    CHECK(name_parse(STR("example.org"), &apex, NULL) == OK);
    size_t step = history_step(history, &apex, from, from + 1);
    for (size_t i = 0; i < count; i++) {
        struct record record = { .type = RR_TXT,
                                 .ttl_s = 60,
                                 .rdata = str_bytes(data, sizeof(data)) };
        struct buf text = BUF_ON(name);
        buf_printf(&text, "t%zu.example.org", i);
        CHECK(name_parse(buf_str(&text), &record.owner, NULL) == OK);
        history_come(history, step, &record);
    }
    CHECK(history_commit(history));
}

/* The first message was made when the second one turns out to be missing. */
TEST(what_was_made_of_a_transfer_that_fails_goes_to_nobody_else)
{
    CLEANUP(mem_freep) char *lines = large_lines(MANY, 7);
    struct server server;
    server_open(&server, lines);
    struct live *live = &server.live;
    struct history *history = history_open(live->folder.path, 0);
    add_step(history, 5, 100);
    add_step(history, 6, 100);
    int fd = live_tcp(live, "127.0.0.1", NULL), other = live_tcp(live, "127.0.0.1", NULL);
    const struct asked changes = {
        .name = "example.org", .type = RR_IXFR, .has_serial = true, .serial = 5
    };
    live_send(live, fd, live_framed(&changes));
    while (answer_server_counters(live->server)->transfers == 0)
        loop_turn(live->loop, 1);
    int file = open(folder_file(&live->folder, "history"), O_WRONLY | O_CLOEXEC);
    off_t end = lseek(file, 0, SEEK_END);
    CHECK(file >= 0 && pwrite(file, "damage", 6, end - 6) == 6);
    CHECK(close(file) == 0);
    live_settle(live);
    CHECK_INT(answer_server_connections(live->server), 1);
    live_send(live, other, live_framed(&home));
    CHECK_TEXT(reply_text(live_reply(live, other)), HOME);
    CHECK(close(fd) == 0 && close(other) == 0);
    history_close(history);
    CHECK(unlink(folder_file(&live->folder, "history")) == 0);
    live_close(live);
}

TEST(one_transfer_too_many_waits_until_another_ends)
{
    CLEANUP(mem_freep) char *lines = large_lines(MANY, 7);
    struct server server;
    server_open(&server, lines);
    struct live *live = &server.live;
    int fds[TURNS_MAX + 1] = { 0 };
    for (size_t i = 0; i < LENGTH_OF(fds); i++) {
        char from[16];
        CHECK(snprintf(from, sizeof(from), "127.0.0.%zu", i / 8 + 1) > 0);
        fds[i] = live_tcp(live, "127.0.0.1", from);
        live_send(live, fds[i], live_framed(&whole_zone));
        live_settle(live);
    }
    int last = fds[TURNS_MAX];
    uint8_t byte = 0;
    CHECK(recv(last, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
    CHECK_INT(answer_server_counters(live->server)->transfers, TURNS_MAX);
    /* Questions are answered meanwhile, and the others of the same source too. */
    int other = live_tcp(live, "127.0.0.1", NULL);
    live_send(live, other, live_framed(&home));
    CHECK_TEXT(reply_text(live_reply(live, other)), HOME);
    CHECK(close(fds[0]) == 0);
    live_settle(live);
    CHECK(strstr(reply_text(live_reply(live, last)), SOA_TEXT) != NULL);
    CHECK_INT(answer_server_counters(live->server)->transfers, TURNS_MAX + 1);
    CHECK_INT(answer_server_counters(live->server)->rcodes[RCODE_SERVFAIL], 0);
    for (size_t i = 1; i < LENGTH_OF(fds); i++)
        CHECK(close(fds[i]) == 0);
    CHECK(close(other) == 0);
    live_close(live);
}

TEST(who_waits_is_not_idle_and_is_told_in_the_end)
{
    CLEANUP(mem_freep) char *lines = large_lines(MANY, 7);
    struct server server;
    server_open(&server, lines);
    struct live *live = &server.live;
    int fds[TURNS_OF_SOURCE + 1] = { 0 };
    for (size_t i = 0; i < LENGTH_OF(fds); i++) {
        fds[i] = live_tcp(live, "127.0.0.1", NULL);
        live_send(live, fds[i], live_framed(&whole_zone));
        live_settle(live);
    }
    /* They take a little all the time, and are ended by nothing. */
    int last = fds[TURNS_OF_SOURCE];
    for (int s = 0; s < 12; s++) {
        for (size_t i = 0; i < TURNS_OF_SOURCE; i++) {
            static uint8_t bytes[16384];
            CHECK(recv(fds[i], bytes, sizeof(bytes), 0) > 0);
        }
        live_pass(live, 1000);
    }
    /* Slow readers were set aside. */
    CHECK(strstr(reply_text(live_reply(live, last)), SOA_TEXT) != NULL);
    CHECK_INT(answer_server_connections(live->server), LENGTH_OF(fds));
    for (size_t i = 0; i < LENGTH_OF(fds); i++)
        CHECK(close(fds[i]) == 0);
    live_close(live);
}

TEST(a_secondary_may_have_more_connections_than_a_stranger)
{
    enum {
        EACH = 3,
        MORE = 8
    };
    static const struct answer_tcp_limits limits = { .connections = 100,
                                                     .per_source = EACH,
                                                     .per_secondary = MORE,
                                                     .idle_ms = 10000,
                                                     .idle_busy_ms = 2000 };
    static const struct {
        const char *from;
        size_t want;
    } rows[] = { { "127.0.0.1", MORE }, { "127.0.1.1", EACH } };
    struct server server;
    live_open(&server.live, zone, "127.0.0.1", &limits);
    set_access(&server.key, &server.from, &server.other, server.secondaries,
               &server.access);
    answer_server_allow(server.live.server, &server.access);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int fds[MORE + 1];
        for (size_t k = 0; k < LENGTH_OF(fds); k++) {
            fds[k] = live_tcp(&server.live, "127.0.0.1", rows[i].from);
            live_settle(&server.live);
        }
        CHECK_INT(answer_server_connections(server.live.server), rows[i].want);
        for (size_t k = 0; k < LENGTH_OF(fds); k++)
            CHECK(close(fds[k]) == 0);
        live_settle(&server.live);
    }
    live_close(&server.live);
}

TEST(ixfr_over_udp_reads_no_zone)
{
    CLEANUP(mem_freep) char *lines = large_lines(MANY, 7);
    static struct world world;
    world_open(&world, lines);
    CLEANUP(history_reader_freep)
    struct history_reader *history = history_reader_new(world.folder.path);
    answer_remember(world.answer, history);
    struct asked asked = {
        .name = "example.org", .type = RR_IXFR, .has_serial = true, .serial = 6
    };
    size_t n = query_write(&asked, world.query).n;
    struct answer_job job = { .transport = ANSWER_UDP,
                              .query = world.query,
                              .query_n = n,
                              .reply = world.reply,
                              .client = world.client,
                              .now_s = NOW_S,
                              .image_changes = true };
    n = answer_query(world.answer, world.image, &job);
    CHECK_TEXT(reply_text(str_bytes(world.reply, n)), "NOERROR aa: " SOA_TEXT);
    CHECK_INT(answer_counters(world.answer)->transfer_records, 0);
    world_done(&world);
}
