// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/served_image.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "dns/name.h"
#include "fixture.h"

#define SOA "Zexample.org:ns.example.org:admin.example.org:1:1:1:1:60:60\n"

enum {
    LOOK_MS = 1000,
    TURNS = 8
};

struct world {
    struct folder folder;
    struct clock_manual clock;
    struct loop *loop;
    struct served_image *served;
    int changed, refused;
    enum status status; /* of the last one refused, */
    struct error err;   /* this too */
};

static void on_changed(void *ctx)
{
    ((struct world *)ctx)->changed++;
}

static void on_refused(void *ctx, enum status status, const struct error *err)
{
    struct world *world = (struct world *)ctx;
    world->refused++;
    world->status = status;
    world->err = *err;
}

static const struct served_image_events events = { .changed = on_changed,
                                                   .refused = on_refused };

static void start(struct world *world, const char *directory)
{
    clock_manual_init(&world->clock, 1000, 1000);
    world->loop = loop_new(&world->clock.clock);
    world->served = served_image_new(world->loop, directory, &events, world);
}

static void open_world(struct world *world, const char *lines)
{
    *world = (struct world){ .changed = 0 };
    folder_init(&world->folder);
    if (lines)
        folder_publish(&world->folder, lines);
    start(world, world->folder.path);
}

static void done(struct world *world)
{
    served_image_free(world->served);
    loop_free(world->loop);
    folder_done(&world->folder);
}

static void turn(struct world *world)
{
    for (int i = 0; i < TURNS; i++)
        loop_turn(world->loop, 0);
}

/* Without the watch: what the timer alone finds. */
static void pass(struct world *world)
{
    world->clock.now_ms += LOOK_MS;
    turn(world);
}

static const struct image *image_of(const struct world *world)
{
    struct served_look look;
    served_image_begin(world->served, &look);
    return look.image;
}

static void no_later(void *ctx, struct frozen_image *frozen)
{
    (void)ctx;
    (void)frozen;
    CHECK(false); /* it was to be had at once */
}

static struct frozen_image *freeze_now(const struct world *world)
{
    struct frozen_wait wait;
    return served_image_freeze(world->served, &wait, no_later, NULL);
}

static bool has(const struct world *world, const char *text)
{
    struct name name;
    const struct image *image = image_of(world);
    CHECK(name_parse(str_from(text), &name, NULL) == OK);
    return image && image_name_exists(image, NULL, name_bytes(&name));
}

TEST(a_file_that_replaces_the_old_one_is_taken_at_once)
{
    struct world world;
    open_world(&world, SOA "+one.example.org:192.0.2.1\n");
    CHECK_INT(world.changed, 1);
    CHECK(has(&world, "one.example.org"));
    folder_publish(&world.folder, SOA "+two.example.org:192.0.2.1\n");
    turn(&world); /* the clock stands still: no timer has helped */
    CHECK_INT(world.changed, 2);
    CHECK(has(&world, "two.example.org") && !has(&world, "one.example.org"));
    for (int i = 0; i < 5; i++)
        pass(&world);
    CHECK_INT(world.changed, 2);
    CHECK_INT(world.refused, 0);
    done(&world);
}

TEST(a_file_that_is_missing_at_the_start_may_come_later)
{
    struct world world;
    open_world(&world, NULL);
    CHECK(image_of(&world) == NULL);
    for (int i = 0; i < 3; i++)
        pass(&world);
    CHECK_INT(world.refused, 1); /* told once */
    CHECK_INT(world.status, ERR_NOT_FOUND);
    CHECK(strstr(world.err.text, "data.cdb") != NULL);
    folder_publish(&world.folder, SOA "+one.example.org:192.0.2.1\n");
    turn(&world);
    CHECK(has(&world, "one.example.org"));
    done(&world);
}

TEST(a_folder_that_is_missing_at_the_start_may_come_later)
{
    struct world world = { .changed = 0 };
    folder_init(&world.folder);
    CHECK(rmdir(world.folder.path) == 0);
    start(&world, world.folder.path);
    CHECK_INT(world.refused, 1);
    CHECK(mkdir(world.folder.path, 0700) == 0);
    folder_publish(&world.folder, SOA "+one.example.org:192.0.2.1\n");
    pass(&world);
    CHECK(has(&world, "one.example.org"));
    folder_publish(&world.folder, SOA "+two.example.org:192.0.2.1\n");
    turn(&world); /* it is watched now */
    CHECK(has(&world, "two.example.org"));
    done(&world);
}

TEST(a_broken_file_is_refused_and_the_old_one_stays)
{
    static const struct {
        const char *name;
        size_t keep; /* bytes of a good file */
    } rows[] = { { "empty", 0 },
                 { "no whole header", 2047 },
                 { "cut in its tables", 2100 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct world world;
        CLEANUP(mem_freep) char *good = NULL;
        size_t n = 0;
        open_world(&world, SOA "+one.example.org:192.0.2.1\n");
        CHECK(file_read(folder_file(&world.folder, "data.cdb"), 1 << 20, &good, &n,
                        NULL) == OK);
        CHECK(rows[i].keep < n);
        folder_put(&world.folder, str_bytes(good, rows[i].keep));
        turn(&world);
        CHECK_INT(world.refused, 1);
        CHECK_INT(world.changed, 1);
        CHECK(has(&world, "one.example.org"));
        for (int round = 0; round < 3; round++)
            pass(&world);
        CHECK_INT(world.refused, 1); /* told once for this file */
        folder_put(&world.folder, str_bytes(good, rows[i].keep));
        turn(&world);
        CHECK_INT(world.refused, 2); /* and once for the next */
        folder_publish(&world.folder, SOA "+two.example.org:192.0.2.1\n");
        turn(&world);
        CHECK_INT(world.changed, 2);
        CHECK(has(&world, "two.example.org"));
        done(&world);
    }
}

TEST(when_the_file_is_gone_the_last_one_stays_in_use)
{
    struct world world;
    open_world(&world, SOA "+one.example.org:192.0.2.1\n");
    CHECK(unlink(folder_file(&world.folder, "data.cdb")) == 0);
    for (int i = 0; i < 3; i++)
        pass(&world);
    CHECK_INT(world.refused, 1);
    CHECK(has(&world, "one.example.org"));
    folder_publish(&world.folder, SOA "+two.example.org:192.0.2.1\n");
    turn(&world);
    CHECK(has(&world, "two.example.org"));
    done(&world);
}

TEST(a_file_that_comes_back_is_taken_for_what_it_is)
{
    struct world world;
    open_world(&world, SOA "+one.example.org:192.0.2.1\n");
    const char *path = folder_file(&world.folder, "data.cdb");
    const char *away = folder_file(&world.folder, "away");
    CHECK(rename(path, away) == 0);
    pass(&world);
    CHECK_INT(world.refused, 1);
    CHECK(rename(away, path) == 0);
    pass(&world);
    CHECK_INT(world.changed, 2); /* the very same, and all is well again */
    CHECK(unlink(path) == 0);
    pass(&world);
    CHECK_INT(world.refused, 2); /* missing again is new again */
    done(&world);
}

TEST(a_file_cut_in_its_place_is_given_up)
{
    struct world world;
    open_world(&world, SOA "+one.example.org:192.0.2.1\n");
    CHECK(truncate(folder_file(&world.folder, "data.cdb"), 100) == 0);
    pass(&world);
    CHECK_INT(world.refused, 1);
    CHECK(image_of(&world) == NULL);
    folder_publish(&world.folder, SOA "+two.example.org:192.0.2.1\n");
    turn(&world);
    CHECK(has(&world, "two.example.org"));
    done(&world);
}

TEST(where_there_is_no_image_the_writers_other_file_is_answered_from)
{
    struct world world;
    open_world(&world, SOA "+one.example.org:192.0.2.1\n");
    const char *path = folder_file(&world.folder, "data.cdb");
    CHECK(rename(path, folder_file(&world.folder, "data.spare")) == 0);
    folder_put(&world.folder, STR("")); /* as a loss of power would leave it */
    served_image_free(world.served);
    loop_free(world.loop);
    world.refused = 0;
    start(&world, world.folder.path);
    CHECK(has(&world, "one.example.org"));
    CHECK_INT(world.refused, 1);
    CHECK(strstr(world.err.text, "data.spare is used") != NULL);
    for (int i = 0; i < 3; i++)
        pass(&world);
    CHECK(has(&world, "one.example.org"));
    CHECK_INT(world.refused, 1);
    folder_publish(&world.folder, SOA "+two.example.org:192.0.2.1\n");
    turn(&world);
    CHECK(has(&world, "two.example.org") && !has(&world, "one.example.org"));
    (void)unlink(folder_file(&world.folder, "data.spare"));
    done(&world);
}

TEST(nobody_has_to_listen)
{
    static const struct served_image_events none;
    struct world world;
    open_world(&world, NULL);
    served_image_free(world.served);
    world.served = served_image_new(world.loop, world.folder.path, &none, NULL);
    folder_publish(&world.folder, SOA "+one.example.org:192.0.2.1\n");
    turn(&world);
    CHECK(has(&world, "one.example.org"));
    done(&world);
}

TEST(an_image_that_is_held_outlives_its_file_and_its_source)
{
    struct world world;
    struct name name;
    CHECK(name_parse(STR("one.example.org"), &name, NULL) == OK);
    open_world(&world, SOA "+one.example.org:192.0.2.1\n");
    const struct image *image = image_of(&world);
    struct frozen_image *frozen[] = { freeze_now(&world), freeze_now(&world) };
    folder_publish(&world.folder, SOA "+two.example.org:192.0.2.1\n");
    turn(&world);
    CHECK(image_of(&world) != image && has(&world, "two.example.org"));
    CHECK(image_name_exists(image, NULL, name_bytes(&name)));
    frozen_image_release(frozen[0]);
    done(&world);
    CHECK(frozen_image_is_good(frozen[1]));
    CHECK(image_name_exists(image, NULL, name_bytes(&name)));
    frozen_image_release(frozen[1]);
}

TEST(who_holds_a_file_that_was_cut_in_place_is_told_so)
{
    struct world world;
    open_world(&world, SOA "+one.example.org:192.0.2.1\n");
    struct frozen_image *frozen = freeze_now(&world);
    CHECK(truncate(folder_file(&world.folder, "data.cdb"), 100) == 0);
    CHECK(frozen_image_is_good(frozen));
    pass(&world);
    CHECK(!frozen_image_is_good(frozen));
    CHECK(image_of(&world) == NULL);
    frozen_image_release(frozen);
    done(&world);
}
