// SPDX-License-Identifier: GPL-3.0-or-later
/* Incremental transfers: what a client with an older serial is sent. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "allowed.h"
#include "answer/answer.h"
#include "answer/transfer.h"
#include "base/file.h"
#include "base/mem.h"
#include "dns/record.h"
#include "fixture.h"
#include "image/history.h"

#define SOA_OF(serial) \
    "example.org 300 SOA ns.example.org admin.example.org " #serial " 1 2 3 60"

static const char zone[] =
    "Zexample.org:ns.example.org:admin.example.org:4:1:2:3:60:300\n"
    "+home.example.org:192.0.2.3:60\n";

enum {
    NOW_S = 1700000000,
    LARGE = 400, /* records of a large step */
    TEXT_SIZE = 200,
};

struct world {
    struct folder folder;
    struct image *image;
    struct answer *answer;
    struct history *history;
    struct history_reader *reader;
    struct allowed allowed;
    uint8_t query[QUERY_MAX], reply[MESSAGE_SIZE];
    struct transfer *transfer;
    bool image_changes;
};

static void world_open(struct world *world, const char *lines)
{
    memset(world, 0, sizeof(*world));
    folder_init(&world->folder);
    folder_publish(&world->folder, lines);
    CHECK(image_open(folder_file(&world->folder, "data.cdb"), &world->image, NULL) == OK);
    world->history = history_open(world->folder.path, 0);
    world->reader = history_reader_new(world->folder.path);
    world->answer = answer_new();
    answer_remember(world->answer, world->reader);
    allowed_init(&world->allowed);
    answer_allow(world->answer, &world->allowed.access);
}

static void world_done(struct world *world)
{
    transfer_free(world->transfer);
    answer_free(world->answer);
    history_reader_free(world->reader);
    history_close(world->history);
    image_close(world->image);
    (void)unlink(folder_file(&world->folder, "history"));
    folder_done(&world->folder);
}

static struct record record_of(const char *name, uint16_t type, struct str rdata)
{
    struct record record = { .type = type, .ttl_s = 60, .rdata = rdata };
    CHECK(name_parse(str_from(name), &record.owner, NULL) == OK);
    return record;
}

static size_t begin_step(struct world *world, uint32_t from)
{
    struct name apex;
    CHECK(name_parse(STR("example.org"), &apex, NULL) == OK);
    return history_step(world->history, &apex, from, from + 1);
}

/* home.example.org goes from 192.0.2.N to 192.0.2.N+1 with serial N+1. */
static void move_home(struct world *world, uint32_t from)
{
    char old[4] = "\xc0\0\2", new[4] = "\xc0\0\2";
    old[3] = (char)(from - 1);
    new[3] = (char)from;
    struct record gone = record_of("home.example.org", RR_A, (struct str){ old, 4 });
    struct record come = record_of("home.example.org", RR_A, (struct str){ new, 4 });
    size_t step = begin_step(world, from);
    history_gone(world->history, step, &gone);
    history_come(world->history, step, &come);
    CHECK(history_commit(world->history));
}

static size_t write_ixfr(struct world *world, uint32_t serial)
{
    const struct asked asked = {
        .name = "example.org", .type = RR_IXFR, .has_serial = true, .serial = serial
    };
    return query_write(&asked, world->query).n;
}

static struct str send_query(struct world *world, enum answer_transport transport,
                             size_t n)
{
    struct answer_job job = { .transport = transport,
                              .query = world->query,
                              .query_n = n,
                              .reply = world->reply,
                              .now_s = NOW_S,
                              .image_changes = world->image_changes,
                              .transfer_out =
                                  transport == ANSWER_TCP ? &world->transfer : NULL };
    CHECK(ip_parse(STR("127.0.0.1"), &job.client) == OK);
    transfer_free(TAKE(world->transfer));
    n = answer_query(world->answer, world->image, &job);
    if (world->transfer) {
        CHECK_INT(n, 0);
        n = transfer_next(world->transfer, world->reply);
    }
    return str_bytes(world->reply, n);
}

static struct str ask(struct world *world, enum answer_transport transport,
                      uint32_t serial)
{
    return send_query(world, transport, write_ixfr(world, serial));
}

#define STEP(from, to, old, new) \
    SOA_OF(from) \
    ", home.example.org 60 A c00002" #old \
    ", " SOA_OF(to) ", home.example.org 60 A c00002" #new

#define WHOLE_ZONE SOA_OF(4) ", home.example.org 60 A c0000203, " SOA_OF(4)
#define FROM_1 \
    SOA_OF(4) \
    ", " STEP(1, 2, 00, 01) ", " STEP(2, 3, 01, 02) ", " STEP(3, 4, 02, 03) ", " SOA_OF(4)
#define FROM_3 SOA_OF(4) ", " STEP(3, 4, 02, 03) ", " SOA_OF(4)

TEST(a_client_gets_the_steps_from_its_serial_on_if_they_are_known)
{
    static const struct {
        uint32_t serial;
        const char *tcp, *udp;
        unsigned incremental; /* of the two */
    } rows[] = {
        { 1, FROM_1, SOA_OF(4), 1 }, /* 512 bytes do not hold it */
        { 3, FROM_3, FROM_3, 2 },       { 0, WHOLE_ZONE, SOA_OF(4), 0 },
        { 4, SOA_OF(4), SOA_OF(4), 0 }, { 5, SOA_OF(4), SOA_OF(4), 0 },
    };
    static struct world world;
    world_open(&world, zone);
    for (uint32_t serial = 1; serial < 4; serial++)
        move_home(&world, serial);
    for (size_t i = 0; i < 2 * LENGTH_OF(rows); i++) {
        size_t row = i / 2;
        uint64_t before = answer_counters(world.answer)->incremental;
        char want[2048];
        struct buf text = BUF_ON(want);
        world.image_changes = i % 2;
        buf_printf(&text, "NOERROR aa: %s", rows[row].tcp);
        CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, rows[row].serial)),
                   buf_text(&text));
        CHECK(transfer_is_over(world.transfer) && !transfer_needs_image(world.transfer));
        text.n = 0;
        buf_printf(&text, "NOERROR aa: %s", rows[row].udp);
        const char *got = reply_text(ask(&world, ANSWER_UDP, rows[row].serial));
        if (rows[row].incremental == 1)
            CHECK(strncmp(got, buf_text(&text), text.n) == 0 && !strstr(got, " A "));
        else
            CHECK_TEXT(got, buf_text(&text));
        CHECK(answer_counters(world.answer)->incremental - before >=
              rows[row].incremental);
    }
    world_done(&world);
}

TEST(while_the_image_is_ahead_the_last_step_is_the_newest)
{
    static struct world world;
    world_open(&world, zone);
    move_home(&world, 1);
    move_home(&world, 2);
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, 2)),
               "NOERROR aa: " SOA_OF(3) ", " STEP(2, 3, 01, 02) ", " SOA_OF(3));
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, 3)), "NOERROR aa: " SOA_OF(3));
    /* With a gap that is said, there are none. */
    struct name apex;
    CHECK(name_parse(STR("example.org"), &apex, NULL) == OK);
    history_settle(world.history, &apex, 4);
    CHECK(history_commit(world.history));
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, 2)), "NOERROR aa: " WHOLE_ZONE);
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, 3)), "NOERROR aa: " WHOLE_ZONE);
    world_done(&world);
}

/* Signed, they do not fit into 512 bytes, and the SOA record stands alone over UDP. */
TEST(differences_are_signed_like_all_else)
{
    static const unsigned records[] = { [ANSWER_UDP] = 1, [ANSWER_TCP] = 6 };
    static struct world world;
    world_open(&world, zone);
    world.allowed.secondary.key = &world.allowed.key;
    move_home(&world, 3);
    for (int transport = ANSWER_UDP; transport <= ANSWER_TCP; transport++) {
        struct tsig tsig;
        size_t n = write_ixfr(&world, 3);
        CHECK_INT(reply_count(send_query(&world, (enum answer_transport)transport, n), 1),
                  0); /* REFUSED without a signature */
        CHECK(tsig_sign_request(&tsig, &world.allowed.key, world.query, &n, QUERY_MAX,
                                NULL) == OK);
        struct str reply = send_query(&world, (enum answer_transport)transport, n);
        CHECK_INT(tsig_check_reply(&tsig, (const uint8_t *)reply.at, reply.n), TSIG_GOOD);
        CHECK_INT(reply_count(reply, 1), records[transport]);
    }
    world_done(&world);
}

/* A step that brings `count` long texts. */
static void add_texts(struct world *world, uint32_t from, size_t count)
{
    char data[TEXT_SIZE + 1], name[64];
    memset(data, 't', sizeof(data));
    data[0] = (char)TEXT_SIZE;
    size_t step = begin_step(world, from);
    for (size_t i = 0; i < count; i++) {
        struct buf text = BUF_ON(name);
        buf_printf(&text, "t%zu.example.org", i);
        struct record record =
            record_of(buf_text(&text), RR_TXT, str_bytes(data, sizeof(data)));
        history_come(world->history, step, &record);
    }
    CHECK(history_commit(world->history));
}

TEST(the_whole_zone_is_sent_when_it_is_less)
{
    static struct world world;
    world_open(&world, zone);
    add_texts(&world, 3, LARGE);
    for (int changes = 0; changes < 2; changes++) {
        world.image_changes = changes;
        CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, 3)), "NOERROR aa: " WHOLE_ZONE);
        CHECK(transfer_is_over(world.transfer));
    }
    CHECK_INT(answer_counters(world.answer)->incremental, 0);
    world_done(&world);
}

/* A zone of `count` long texts with serial 4. */
static char *large_lines(size_t count)
{
    size_t size = count * 400 + 1024;
    char *lines = (char *)mem_new(size);
    struct buf out = buf_on(lines, size);
    buf_put_text(&out, zone);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "'t%zu.example.org:%0*d:60\n", i, (int)TEXT_SIZE, 0);
    CHECK(!out.full);
    (void)buf_text(&out);
    return lines;
}

TEST(many_differences_come_in_many_messages)
{
    CLEANUP(mem_freep) char *lines = large_lines((size_t)3 * LARGE);
    static struct world world;
    world_open(&world, lines);
    move_home(&world, 2);
    add_texts(&world, 3, LARGE);
    for (int changes = 0; changes < 2; changes++) {
        size_t records = 0, messages = 0;
        world.image_changes = changes;
        struct str reply = ask(&world, ANSWER_TCP, 2);
        CHECK(!transfer_needs_image(world.transfer));
        for (; reply.n > 0; messages++) {
            records += reply_count(reply, 1);
            reply.n = transfer_next(world.transfer, world.reply);
        }
        CHECK(transfer_is_over(world.transfer));
        CHECK_INT(records, 1 + 4 + 2 + LARGE + 1);
        CHECK(messages > 3 && messages < LARGE / 10);
    }
    CHECK_INT(answer_counters(world.answer)->incremental, 2);
    world_done(&world);
}

TEST(damage_in_the_history_ends_a_transfer_without_its_last_record)
{
    CLEANUP(mem_freep) char *lines = large_lines((size_t)3 * LARGE);
    static struct world world;
    world_open(&world, lines);
    add_texts(&world, 2, LARGE);
    move_home(&world, 3);
    struct str reply = ask(&world, ANSWER_TCP, 2);
    CHECK(reply.n > 0 && !transfer_has_failed(world.transfer));
    int fd = open(folder_file(&world.folder, "history"), O_WRONLY | O_CLOEXEC);
    off_t end = lseek(fd, 0, SEEK_END);
    CHECK(fd >= 0 && pwrite(fd, "damage", 6, end - 6) == 6);
    file_close(fd);
    for (size_t i = 0; reply.n > 0 && i < LARGE; i++)
        reply.n = transfer_next(world.transfer, world.reply);
    CHECK(transfer_has_failed(world.transfer) && !transfer_is_over(world.transfer));
    CHECK_INT(transfer_next(world.transfer, world.reply), 0);
    world_done(&world);
}

TEST(what_does_not_lie_in_the_zone_or_is_not_for_the_client_is_left_out)
{
    static struct world world;
    world_open(&world, zone);
    struct record rows[] = {
        record_of("home.example.net", RR_A, STR("\xc0\0\2\1")),
        record_of("org", RR_A, STR("\xc0\0\2\2")),
        record_of("here.example.org", RR_A, STR("\xc0\0\2\3")),
        record_of("there.example.org", RR_A, STR("\xc0\0\2\4")),
        record_of("broken.example.org", RR_A, STR("\xc0\0\2")),
    };
    rows[3].location[0] = 'x';
    size_t step = begin_step(&world, 3);
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        history_come(world.history, step, &rows[i]);
    CHECK(history_commit(world.history));
    CHECK_TEXT(reply_text(ask(&world, ANSWER_TCP, 3)),
               "NOERROR aa: " SOA_OF(4) ", " SOA_OF(3) ", " SOA_OF(
                   4) ", here.example.org 60 A c0000203, " SOA_OF(4));
    world_done(&world);
}
