// SPDX-License-Identifier: GPL-3.0-or-later
/* Transfers while the image is changed in place: a small zone is read at once, a big one from a
 * copy. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer/transfer.h"
#include "base/file.h"
#include "base/mem.h"
#include "control_page_writer.h"
#include "live.h"

#define SMALL "Zexample.org:ns.example.org:admin.example.org:7:1:1:1:60:60\n"
#define BIG "Zexample.net:ns.example.net:admin.example.net:8:1:1:1:60:60\n"

enum {
    AXFR = 252,
    MANY = 24000, /* records of 200 bytes: more than is read at once */
    TEXT_SIZE = 200,
    LINE_SIZE = 300
};

struct world {
    struct live live;
    struct prefix from;
    struct answer_secondary secondary;
    struct answer_access access;
    struct writer writer;
    char *lines;
};

static unsigned wanted;

static void count_wanted(void *ctx)
{
    (void)ctx;
    wanted++;
}

static char *make_lines(void)
{
    size_t size = sizeof(SMALL BIG) + (size_t)MANY * LINE_SIZE;
    char *lines = (char *)mem_new(size);
    char text[TEXT_SIZE + 1];
    memset(text, 'x', TEXT_SIZE);
    text[TEXT_SIZE] = 0;
    struct buf out = buf_on(lines, size);
    buf_put_text(&out, SMALL "+home.example.org:192.0.2.1:60\n" BIG);
    for (int i = 0; i < MANY; i++)
        buf_printf(&out, "'h%d.example.net:%s:60\n", i, text);
    (void)buf_text(&out);
    CHECK(!out.full);
    return lines;
}

/* The world's served image is another one, which counts what it asks for. */
static void open_world(struct world *world)
{
    static const struct served_image_events events = { .copy_wanted = count_wanted };
    struct live *live = &world->live;
    struct ip ip;
    memset(world, 0, sizeof(*world));
    wanted = 0;
    world->lines = make_lines();
    folder_init(&live->folder);
    folder_publish(&live->folder, world->lines);
    clock_manual_init(&live->clock, 1000, 1000);
    live->loop = loop_new(&live->clock.clock);
    live->served = served_image_new(live->loop, live->folder.path, &events, NULL);
    live->server = answer_server_new(live->loop, live->served, NULL);
    CHECK(prefix_parse(STR("127.0.0.0/24"), &world->from) == OK);
    world->secondary = (struct answer_secondary){ .from = &world->from, .from_count = 1 };
    world->access =
        (struct answer_access){ .secondaries = &world->secondary, .secondary_count = 1 };
    answer_server_allow(live->server, &world->access);
    CHECK(ip_parse(STR("127.0.0.1"), &ip) == OK);
    CHECK_INT(answer_server_listen(live->server, ip, 0, false, &live->port, NULL), OK);

    writer_init(&world->writer);
    world->writer.page->live = 2;
}

static int open_image(const struct world *world)
{
    int fd = open(folder_file(&world->live.folder, "data.cdb"), O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static void feed(struct world *world)
{
    CLEANUP(file_closep) int file = open_image(world);
    CLEANUP(file_closep) int fd = writer_image(&world->writer, 2, file);
    CHECK_INT(
        answer_server_control_page(world->live.server, world->writer.memory.fd, NULL),
        OK);
    CHECK_INT(answer_server_file(world->live.server, 2, fd, NULL), OK);
    CHECK(served_image_is_from_writer(world->live.served));
}

static void done(struct world *world)
{
    live_close(&world->live);
    writer_done(&world->writer);
    mem_free(world->lines);
}

static int ask(struct world *world, const char *zone)
{
    const struct asked asked = { .name = zone, .type = AXFR };
    int fd = live_tcp(&world->live, "127.0.0.1", NULL);
    live_send(&world->live, fd, live_framed(&asked));
    live_settle(&world->live);
    return fd;
}

/* The records of a whole transfer. */
static size_t receive(struct world *world, int fd)
{
    size_t count = 0;
    unsigned soas = 0;
    while (soas < 2) {
        struct str reply = live_reply(&world->live, fd);
        CHECK(reply.n > 12 && (reply.at[3] & 15) == 0);
        count += reply_count(reply, 1);
        const char *text = reply_text(reply);
        for (; (text = strstr(text, " SOA ")); text++)
            soas++;
    }
    return count;
}

static void give_copy(struct world *world, bool works)
{
    CLEANUP(file_closep) int fd = works ? open_image(world) : -1;
    CHECK_INT(served_image_copy(world->live.served, fd, NULL), OK);
}

TEST(a_small_zone_is_sent_from_the_files_that_change)
{
    struct world world;
    open_world(&world);
    feed(&world);
    CLEANUP(file_closep) int fd = ask(&world, "example.org");
    CHECK_INT(receive(&world, fd), 3);
    CHECK_INT(wanted, 0);
    done(&world);
}

TEST(a_big_zone_is_sent_from_a_copy_that_several_share)
{
    struct world world;
    open_world(&world);
    feed(&world);
    CLEANUP(file_closep) int one = ask(&world, "example.net");
    CLEANUP(file_closep) int two = ask(&world, "example.net");
    CHECK_INT(wanted, 1);
    CHECK(!live_is_closed(&world.live, one) && !live_is_closed(&world.live, two));
    CLEANUP(file_closep) int small = ask(&world, "example.org"); /* in the meantime */
    CHECK_INT(receive(&world, small), 3);
    give_copy(&world, true);
    CHECK_INT(receive(&world, one), MANY + 2);
    CHECK_INT(receive(&world, two), MANY + 2);
    CHECK_INT(wanted, 1);
    const struct answer_counters *counters = answer_server_counters(world.live.server);
    CHECK_INT(counters->transfers,
              3); /* also those that waited for the copy count once */
    CHECK_INT(counters->queries[ANSWER_TCP], 3);
    done(&world);
}

TEST(without_a_copy_a_big_zone_is_a_failure_and_the_connection_goes_on)
{
    struct world world;
    open_world(&world);
    feed(&world);
    for (int i = 0; i < 2; i++) {
        CLEANUP(file_closep) int fd = ask(&world, "example.net");
        if (i == 0)
            give_copy(&world, false);
        else
            live_pass(&world.live, FROZEN_WAIT_MS);
        CHECK(strncmp(reply_text(live_reply(&world.live, fd)), "SERVFAIL", 8) == 0);
        const struct asked asked = { .name = "home.example.org" };
        live_send(&world.live, fd, live_framed(&asked));
        CHECK(strncmp(reply_text(live_reply(&world.live, fd)), "NOERROR", 7) == 0);
    }
    CHECK_INT(wanted, 2);
    done(&world);
}

TEST(who_hangs_up_while_he_waits_is_forgotten)
{
    struct world world;
    open_world(&world);
    feed(&world);
    int fd = ask(&world, "example.net");
    CHECK_INT(answer_server_connections(world.live.server), 1);
    const struct linger hard = { .l_onoff = 1 };
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)) == 0);
    file_close(fd); /* a reset, as after a crash */
    live_settle(&world.live);
    CHECK_INT(answer_server_connections(world.live.server), 0);
    give_copy(&world, true);
    done(&world);
}

TEST(when_the_writer_is_gone_a_waiting_transfer_reads_the_file_itself)
{
    struct world world;
    open_world(&world);
    feed(&world);
    CLEANUP(file_closep) int fd = ask(&world, "example.net");
    answer_server_writer_gone(world.live.server);
    CHECK_INT(receive(&world, fd), MANY + 2);
    CLEANUP(file_closep) int next = ask(&world, "example.net");
    CHECK_INT(receive(&world, next), MANY + 2);
    CHECK_INT(wanted, 1);
    done(&world);
}
