// SPDX-License-Identifier: GPL-3.0-or-later
/* Both ends of the feed on one loop: with a real writer, and with a publish that errs. */
#include "server/feed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "answer/served_image.h"
#include "answer/server.h"
#include "base/file.h"
#include "dns/tinydns_reader.h"
#include "image/changes.h"
#include "image/draft.h"
#include "image/image.h"
#include "image/writer.h"
#include "net/local.h"
#include "test.h"

#define SOA "Zexample.org:ns.example.org:admin.example.org:1:1:1:1:60:60\n"

enum {
    TURNS_MAX = 5000,
    RETRY_MS = 1000
};

struct world {
    char folder[64], path[96];
    struct clock_manual clock;
    struct loop *loop;
    struct served_image *served;
    struct answer_server *server;
    struct feed *feed;
    unsigned troubles;
    /* publish: the real one, or the one that errs */
    struct image_writer *writer;
    struct feeder *feeder;
    struct local_server *errs;
    uint16_t type;
    struct str body;
    int fd; /* -1: none goes along */
    unsigned works, copies;
};

static void want_copy(void *ctx)
{
    feed_want_copy(((struct world *)ctx)->feed);
}

static void on_trouble(void *ctx, const struct error *err)
{
    CHECK(err->text[0] != 0);
    ((struct world *)ctx)->troubles++;
}

static void on_work(void *ctx)
{
    ((struct world *)ctx)->works++;
}

static void open_world(struct world *world)
{
    static const struct served_image_events events = { .copy_wanted = want_copy };
    *world = (struct world){ .folder = "/tmp/rove-feed-XXXXXX", .fd = -1 };
    CHECK(mkdtemp(world->folder) != NULL);
    struct buf path = BUF_ON(world->path);
    buf_printf(&path, "%s/s", world->folder);
    (void)buf_text(&path);
    clock_manual_init(&world->clock, 1000, 1000);
    world->loop = loop_new(&world->clock.clock);
    world->served = served_image_new(world->loop, world->folder, &events, world);
    world->server = answer_server_new(world->loop, world->served, NULL);
    const struct feed_options options = { .loop = world->loop,
                                          .path = world->path,
                                          .server = world->server,
                                          .served = world->served,
                                          .trouble = on_trouble,
                                          .ctx = world };
    world->feed = feed_start(&options);
}

static void remove_file(const struct world *world, const char *name)
{
    char storage[96];
    struct buf path = BUF_ON(storage);
    buf_printf(&path, "%s/%s", world->folder, name);
    (void)unlink(buf_text(&path));
}

static void stop_publish(struct world *world)
{
    image_writer_close(TAKE(world->writer));
    feeder_stop(TAKE(world->feeder));
    local_server_close(TAKE(world->errs));
}

static void done(struct world *world)
{
    feed_stop(world->feed);
    stop_publish(world);
    answer_server_free(world->server);
    served_image_free(world->served);
    loop_free(world->loop);
    remove_file(world, "data.cdb");
    remove_file(world, "data.spare");
    CHECK(rmdir(world->folder) == 0);
}

/* Lets time pass, so that the link tries again, until *counter has come so far. */
static void until(struct world *world, const unsigned *counter, unsigned want)
{
    for (int i = 0; i < TURNS_MAX && *counter < want; i++) {
        world->clock.now_ms += RETRY_MS / 10;
        loop_turn(world->loop, 0);
    }
    CHECK_INT(*counter, want);
}

static void turn(struct world *world)
{
    for (int i = 0; i < 200; i++) {
        world->clock.now_ms += 10;
        loop_turn(world->loop, 0);
    }
}

/* ----- a publish that errs ----- */

static void send_what_it_sends(void *ctx, struct local_channel *channel)
{
    const struct world *world = (const struct world *)ctx;
    CHECK_INT(local_send_fds(channel, world->type, world->body, &world->fd,
                             world->fd < 0 ? 0 : 1),
              OK);
}

static void take_nothing(void *ctx, struct local_channel *channel, uint16_t type,
                         struct str body)
{
    (void)ctx;
    (void)channel;
    (void)type;
    (void)body;
}

TEST(what_cannot_be_used_is_told_and_the_link_is_made_anew)
{
    static const struct {
        uint16_t type;
        struct str body;
        bool with_fd;
        bool is_refused;
    } rows[] = {
        { FEED_CONTROL_PAGE, { 0 }, false, true },
        { FEED_CONTROL_PAGE, { 0 }, true, true }, /* of another kind */
        { FEED_FILE, { "\0\0\0\2", 4 }, true, true },
        { FEED_FILE, { "\0\0\0\2", 4 }, false, true },
        { FEED_FILE, { "\0\0\2", 3 }, true, true },
        { FEED_COPY, { 0 }, true, true },
        { FEED_COPY, { 0 }, false, false }, /* it could not be had */
        { FEED_COPY_WANTED, { 0 }, true, false },
        { 99, { "something newer", 15 }, true, false },
    };
    static const struct local_events events = { .opened = send_what_it_sends,
                                                .message = take_nothing };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct world world;
        open_world(&world);
        CLEANUP(file_closep) int fd = memfd_create("zeros", MFD_CLOEXEC);
        CHECK(fd >= 0 && ftruncate(fd, 100) == 0);
        world.type = rows[i].type;
        world.body = rows[i].body;
        world.fd = rows[i].with_fd ? fd : -1;
        CHECK_INT(local_listen(&(const struct local_options){ .loop = world.loop,
                                                              .path = world.path,
                                                              .mode = 0600,
                                                              .events = &events,
                                                              .ctx = &world },
                               &world.errs, NULL),
                  OK);
        if (rows[i].is_refused)
            until(&world, &world.troubles, 3); /* each time anew */
        else
            turn(&world);
        CHECK_INT(world.troubles, rows[i].is_refused ? 3 : 0);
        CHECK(!served_image_is_from_writer(world.served));
        done(&world);
    }
}

/* ----- the real one ----- */

static enum status walk_lines(void *ctx, const struct record_sink *sink,
                              struct error *err)
{
    return tinydns_parse("lines", str_from((const char *)ctx), 1, sink, err);
}

/* False: changes in place do not work here. */
static bool start_publish(struct world *world, const char *lines)
{
    struct error err = { "" };
    const struct image_source source = { walk_lines, (void *)(uintptr_t)lines };
    if (image_writer_open(world->folder, &world->writer, &err))
        fail_msg("%s", err.text);
    const struct feeder_options options = { .loop = world->loop,
                                            .path = world->path,
                                            .writer = world->writer,
                                            .work = on_work,
                                            .ctx = world };
    CHECK_INT(feeder_start(&options, &world->feeder, &err), OK);
    if (image_rebuild(world->writer, &source, &err))
        fail_msg("%s", err.text);
    return image_writer_patches(world->writer, NULL);
}

static bool shows(const struct image *image, const char *text)
{
    struct name name;
    CHECK(name_parse(str_from(text), &name, NULL) == OK);
    return image && image_name_exists(image, NULL, name_bytes(&name));
}

static bool has(const struct world *world, const char *text)
{
    struct served_look look;
    bool found = false;
    served_image_begin(world->served, &look);
    do
        found = shows(look.image, text);
    while (served_image_again(world->served, &look));
    return found;
}

static void on_hold(void *ctx, struct frozen_image *hold)
{
    struct world *world = (struct world *)ctx;
    CHECK(hold && shows(frozen_image_get(hold), "two.example.org"));
    world->copies++;
    frozen_image_release(hold);
}

TEST(the_files_come_in_any_order_of_start_and_after_each_restart)
{
    struct world world;
    struct frozen_wait wait;
    open_world(&world);
    bool patches = start_publish(&world, SOA "+one.example.org:192.0.2.1\n");
    turn(&world);
    CHECK(has(&world, "one.example.org"));
    CHECK_INT(served_image_is_from_writer(world.served), patches);
    stop_publish(&world);
    turn(&world);
    CHECK(has(&world, "one.example.org") && !served_image_is_from_writer(world.served));
    CHECK_INT(start_publish(&world, SOA "+two.example.org:192.0.2.1\n"), patches);
    turn(&world);
    CHECK(has(&world, "two.example.org"));
    CHECK_INT(served_image_is_from_writer(world.served), patches);
    if (patches) {
        CHECK(!served_image_freeze(world.served, &wait, on_hold, &world));
        until(&world, &world.works, 1);
        for (int i = 0; i < TURNS_MAX && image_writer_work(world.writer, NULL); i++)
            loop_turn(world.loop, 1);
        until(&world, &world.copies, 1);
    }
    CHECK_INT(world.troubles, 0);
    done(&world);
}
