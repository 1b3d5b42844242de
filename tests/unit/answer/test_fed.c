// SPDX-License-Identifier: GPL-3.0-or-later
/* A served image that is fed by the image's writer. The writer is played by the test, so that every
 * moment of it can be seen. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "answer/served_image.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "control_page_writer.h"
#include "dns/name.h"
#include "fixture.h"

#define SOA "Zexample.org:ns.example.org:admin.example.org:1:1:1:1:60:60\n"
#define ONE SOA "+one.example.org:192.0.2.1\n"
#define TWO SOA "+two.example.org:192.0.2.2\n"
#define THREE SOA "+three.example.org:192.0.2.3\n"

enum {
    TURNS = 8,
    SETTLE_MS = 20,
    LOOK_MS = 1000,
    TRIES_MAX = 20
};

/* ----- the writer ----- */

static void set_live(struct writer *writer, uint32_t id)
{
    atomic_store(&writer->page->live, id);
    (void)atomic_fetch_add(&writer->page->generation, 1);
}

/* A file is being written to, or not any more. */
static void begin_patch(struct writer *writer, uint32_t id)
{
    (void)atomic_fetch_or(&writer->page->counts[control_page_slot(id)], 1);
}

static void end_patch(struct writer *writer, uint32_t id)
{
    (void)atomic_fetch_add(&writer->page->counts[control_page_slot(id)], 1);
}

/* ----- the world ----- */

struct world {
    struct folder folder;
    struct clock_manual clock;
    struct loop *loop;
    struct served_image *served;
    struct writer writer;
    int changed, wanted;
};

static void on_changed(void *ctx)
{
    ((struct world *)ctx)->changed++;
}

static void on_wanted(void *ctx)
{
    ((struct world *)ctx)->wanted++;
}

/* Publishes the lines as data.cdb, and opens that file. */
static int publish(const struct world *world, const char *lines)
{
    folder_publish(&world->folder, lines);
    int fd = open(folder_file(&world->folder, "data.cdb"), O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static void open_world(struct world *world, const char *lines)
{
    static const struct served_image_events events = { .changed = on_changed,
                                                       .copy_wanted = on_wanted };
    *world = (struct world){ .changed = 0 };
    folder_init(&world->folder);
    folder_publish(&world->folder, lines);
    writer_init(&world->writer);
    clock_manual_init(&world->clock, 1000, 1000);
    world->loop = loop_new(&world->clock.clock);
    world->served = served_image_new(world->loop, world->folder.path, &events, world);
}

static void done(struct world *world)
{
    served_image_free(world->served);
    loop_free(world->loop);
    writer_done(&world->writer);
    folder_done(&world->folder);
}

static void pass(struct world *world, int64_t ms)
{
    world->clock.now_ms += ms;
    for (int i = 0; i < TURNS; i++)
        loop_turn(world->loop, 0);
}

static void give_control_page(struct world *world)
{
    struct error err = { "" };
    CHECK_INT(served_image_control_page(world->served, world->writer.memory.fd, &err),
              OK);
}

static void give_file(struct world *world, uint32_t id, int file)
{
    struct error err = { "" };
    CLEANUP(file_closep) int fd = writer_image(&world->writer, id, file);
    CHECK_INT(served_image_file(world->served, id, fd, &err), OK);
}

/* Publishes, and hands the file out as the live one with this number. */
static void feed(struct world *world, uint32_t id, const char *lines)
{
    CLEANUP(file_closep) int fd = publish(world, lines);
    set_live(&world->writer, id);
    give_control_page(world);
    give_file(world, id, fd);
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

/* ----- which file ----- */

TEST(a_fed_source_has_nothing_open_and_follows_the_control_page_alone)
{
    struct world world;
    open_world(&world, ONE);
    size_t before = test_open_descriptors();
    CHECK(!served_image_is_from_writer(world.served) && has(&world, "one.example.org"));
    feed(&world, 2, TWO);
    CHECK(served_image_is_from_writer(world.served) && has(&world, "two.example.org"));
    CHECK_INT(test_open_descriptors(), before - 1); /* it watched the directory */
    CHECK_INT(world.changed, 2);

    CLEANUP(file_closep) int fd = publish(&world, THREE);
    give_file(&world, 3, fd);
    CHECK(has(&world, "two.example.org")); /* the control page names no other yet */
    set_live(&world.writer, 3);
    CHECK(has(&world, "three.example.org") && !has(&world, "two.example.org"));
    set_live(&world.writer, 2);
    CHECK(has(&world, "two.example.org"));
    CHECK_INT(test_open_descriptors(), before); /* and our own fd */
    done(&world);
}

TEST(until_the_live_file_is_there_the_one_before_stays_in_use)
{
    struct world world;
    open_world(&world, ONE);
    give_control_page(&world);
    set_live(&world.writer, 2);
    CHECK(has(&world, "one.example.org") && !served_image_is_from_writer(world.served));
    CLEANUP(file_closep) int fd = publish(&world, TWO);
    CLEANUP(file_closep) int other = publish(&world, THREE);
    give_file(&world, 2, fd); /* it has no name any more */
    CHECK(!served_image_is_from_writer(world.served));
    pass(&world, SETTLE_MS);
    CHECK(!served_image_is_from_writer(world.served) && has(&world, "three.example.org"));
    give_file(&world, 3, other);
    set_live(&world.writer, 3);
    pass(&world, SETTLE_MS);
    CHECK(served_image_is_from_writer(world.served) && has(&world, "three.example.org"));
    done(&world);
}

TEST(another_writer_takes_over_when_its_live_file_has_come)
{
    struct world world;
    struct writer first;
    open_world(&world, ONE);
    feed(&world, 2, TWO);
    first = world.writer;
    writer_init(&world.writer);
    give_control_page(&world);
    CHECK(!served_image_is_from_writer(world.served) && has(&world, "two.example.org"));
    CLEANUP(file_closep) int fd = publish(&world, THREE);
    set_live(&world.writer, 2);
    CHECK(has(&world, "two.example.org"));
    give_file(&world, 2, fd);
    CHECK(has(&world, "three.example.org") && served_image_is_from_writer(world.served));
    writer_done(&first);
    done(&world);
}

TEST(when_the_writer_is_gone_its_live_file_stays_and_the_directory_is_followed)
{
    static const struct {
        const char *put; /* in its place meanwhile; NULL: nothing */
        bool early;      /* before the writer was lost */
        const char *want;
    } rows[] = { { NULL, false, "two.example.org" },
                 { THREE, false, "three.example.org" },
                 { THREE, true, "three.example.org" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct world world;
        open_world(&world, ONE);
        feed(&world, 2, TWO);
        if (rows[i].put && rows[i].early)
            folder_publish(&world.folder, rows[i].put);
        served_image_writer_gone(world.served);
        CHECK(!served_image_is_from_writer(world.served));
        if (rows[i].put && !rows[i].early) {
            CHECK(has(&world, "two.example.org"));
            folder_publish(&world.folder, rows[i].put);
            pass(&world, 0); /* by the watch */
        }
        CHECK(has(&world, rows[i].want));
        pass(&world, LOOK_MS);
        CHECK(has(&world, rows[i].want));
        done(&world);
    }
}

/* Nobody has the writer's last file open then: its inode may be written to, or be given to a file
 * that takes its place. */
TEST(without_writer_another_file_with_its_number_and_size_is_taken)
{
    static const struct timespec later[2] = { { .tv_sec = 2000000000 },
                                              { .tv_sec = 2000000000 } };
    static char bytes[1 << 20];
    struct world world;
    open_world(&world, ONE);
    int fd = open(folder_file(&world.folder, "data.cdb"), O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, bytes, sizeof(bytes));
    file_close(fd);
    CHECK(n > 0 && n < (ssize_t)sizeof(bytes));
    feed(&world, 2, TWO);
    served_image_writer_gone(world.served);
    pass(&world, 0);
    CHECK(has(&world, "two.example.org"));
    fd = open(folder_file(&world.folder, "data.cdb"), O_WRONLY | O_CLOEXEC);
    CHECK_INT(pwrite(fd, bytes, (size_t)n, 0), n);
    CHECK_INT(futimens(fd, later), 0);
    file_close(fd);
    pass(&world, LOOK_MS);
    CHECK(has(&world, "one.example.org") && !has(&world, "two.example.org"));
    done(&world);
}

TEST(without_writer_and_without_a_file_the_last_one_stays)
{
    struct world world;
    open_world(&world, ONE);
    feed(&world, 2, TWO);
    CHECK(unlink(folder_file(&world.folder, "data.cdb")) == 0);
    served_image_writer_gone(world.served);
    pass(&world, LOOK_MS);
    CHECK(has(&world, "two.example.org"));
    folder_publish(&world.folder, THREE);
    pass(&world, LOOK_MS);
    CHECK(has(&world, "three.example.org"));
    feed(&world, 2, ONE);
    CHECK(has(&world, "one.example.org") && served_image_is_from_writer(world.served));
    done(&world);
}

TEST(what_is_handed_out_stays_in_use_whatever_becomes_of_its_file)
{
    struct world world;
    open_world(&world, ONE);
    feed(&world, 2, TWO);
    served_image_writer_gone(world.served);
    CHECK_INT(truncate(folder_file(&world.folder, "data.cdb"), 100), 0);
    pass(&world, LOOK_MS);
    CHECK(has(&world, "two.example.org"));
    folder_publish(&world.folder, THREE);
    pass(&world, LOOK_MS);
    CHECK(has(&world, "three.example.org"));
    done(&world);
}

/* Whoever writes it could cut it under us, which would end the process. */
TEST(what_is_not_sealed_is_refused_and_changes_nothing)
{
    struct world world;
    struct error err = { "" };
    open_world(&world, ONE);
    CLEANUP(file_closep) int file = publish(&world, TWO);
    CLEANUP(file_closep) int page = memfd_create("page", MFD_CLOEXEC);
    struct control_page control = { .magic = CONTROL_PAGE_MAGIC };
    CHECK_INT(write(page, &control, sizeof(control)), sizeof(control));
    CHECK_INT(served_image_control_page(world.served, page, &err), ERR_SYNTAX);
    give_control_page(&world);
    CHECK_INT(served_image_file(world.served, 2, file, &err), ERR_SYNTAX);
    CHECK(err.text[0] != 0 && !served_image_is_from_writer(world.served));
    give_file(&world, 2, file);
    set_live(&world.writer, 2);
    pass(&world, SETTLE_MS);
    CHECK(served_image_is_from_writer(world.served) && has(&world, "two.example.org"));
    done(&world);
}

TEST(what_is_not_what_it_should_be_is_refused_and_changes_nothing)
{
    struct world world;
    struct error err = { "" };
    open_world(&world, ONE);
    CLEANUP(file_closep) int empty = memfd_create("empty", MFD_CLOEXEC);
    struct sealed blank = SEALED_NONE;
    CHECK_INT(sealed_make(4096, &blank, NULL), OK);
    sealed_close(&blank);
    int zeros = blank.fd;
    CHECK_INT(served_image_control_page(world.served, empty, &err), ERR_SYNTAX);
    CHECK_INT(served_image_control_page(world.served, zeros, &err), ERR_SYNTAX);
    CHECK_INT(served_image_file(world.served, 2, zeros, &err), ERR_SYNTAX);
    give_control_page(&world);
    CHECK_INT(served_image_file(world.served, 2, empty, &err), ERR_SYNTAX);
    CHECK_INT(served_image_copy(world.served, empty, &err), ERR_SYNTAX);
    CHECK(err.text[0] != 0);
    CHECK(has(&world, "one.example.org"));
    sealed_done(&blank);
    done(&world);
}

/* ----- torn reads ----- */

TEST(what_was_read_while_it_changed_is_read_again)
{
    struct world world;
    struct served_look look;
    open_world(&world, ONE);
    feed(&world, 2, TWO);
    served_image_begin(world.served, &look);
    CHECK(look.changes && !served_image_again(world.served, &look));
    served_image_begin(world.served, &look);
    begin_patch(&world.writer, 2);
    end_patch(&world.writer, 2);
    CHECK(served_image_again(world.served, &look)); /* a whole patch passed by */
    CHECK(look.changes && !served_image_again(world.served, &look));
    begin_patch(&world.writer, 3); /* the other one does not matter */
    CHECK(!served_image_again(world.served, &look));
    done(&world);
}

TEST(reading_ends_though_the_file_is_being_written_to_for_ever)
{
    static const struct {
        bool is_there; /* the file that can be opened instead */
    } rows[] = { { true }, { false } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct world world;
        struct served_look look;
        open_world(&world, ONE);
        feed(&world, 2, TWO);
        begin_patch(&world.writer, 2);
        if (!rows[i].is_there)
            CHECK(unlink(folder_file(&world.folder, "data.cdb")) == 0);
        int tries = 0;
        served_image_begin(world.served, &look);
        while (served_image_again(world.served, &look))
            CHECK(++tries < TRIES_MAX);
        CHECK(tries > 1 && !look.changes);
        CHECK_INT(shows(look.image, "two.example.org"), rows[i].is_there);
        CHECK(!look.image == !rows[i].is_there);
        if (rows[i].is_there) { /* and when it is over, ours is closed again */
            CHECK(!served_image_is_from_writer(world.served));
            end_patch(&world.writer, 2);
            pass(&world, SETTLE_MS);
            CHECK(served_image_is_from_writer(world.served) &&
                  has(&world, "two.example.org"));
        }
        done(&world);
    }
}

/* ----- images that stay ----- */

struct waiter {
    struct frozen_wait wait;
    int calls;
    struct frozen_image *frozen;
};

static void on_hold(void *ctx, struct frozen_image *frozen)
{
    struct waiter *waiter = (struct waiter *)ctx;
    waiter->calls++;
    waiter->frozen = frozen;
}

static bool ask(struct world *world, struct waiter *waiter)
{
    *waiter = (struct waiter){ .calls = 0 };
    waiter->frozen = served_image_freeze(world->served, &waiter->wait, on_hold, waiter);
    return waiter->frozen != NULL;
}

static void give_copy(struct world *world, const char *lines)
{
    struct error err = { "" };
    CLEANUP(file_closep) int fd = lines ? publish(world, lines) : -1;
    CHECK_INT(served_image_copy(world->served, fd, &err), OK);
}

TEST(those_who_want_an_image_that_stays_share_one_copy_for_a_second)
{
    struct world world;
    struct waiter waiters[4];
    open_world(&world, ONE);
    CHECK(ask(&world, &waiters[0]) && world.wanted == 0); /* its own does not change */
    frozen_image_release(waiters[0].frozen);

    feed(&world, 2, TWO);
    CHECK(!ask(&world, &waiters[0]) && !ask(&world, &waiters[1]));
    CHECK(!ask(&world, &waiters[2]));
    CHECK_INT(world.wanted, 1);
    frozen_wait_stop(&waiters[1].wait);
    give_copy(&world, THREE);
    CHECK_INT(waiters[0].calls, 1);
    CHECK_INT(waiters[1].calls, 0);
    CHECK(waiters[0].frozen && waiters[0].frozen == waiters[2].frozen);
    CHECK(shows(frozen_image_get(waiters[0].frozen), "three.example.org"));
    pass(&world, FROZEN_SHARE_MS - 1);
    CHECK(ask(&world, &waiters[3]) && waiters[3].frozen == waiters[0].frozen);
    pass(&world, 1);
    CHECK(!ask(&world, &waiters[1]));
    CHECK_INT(world.wanted, 2);
    frozen_image_release(waiters[0].frozen);
    frozen_image_release(waiters[2].frozen);
    CHECK(frozen_image_is_good(waiters[3].frozen) &&
          shows(frozen_image_get(waiters[3].frozen), "three.example.org"));
    frozen_image_release(waiters[3].frozen);
    done(&world); /* who still waits gets nothing */
    CHECK(waiters[1].calls == 1 && !waiters[1].frozen);
}

TEST(a_copy_that_does_not_come_is_not_waited_for_longer_than_said)
{
    struct world world;
    struct waiter waiter;
    open_world(&world, ONE);
    feed(&world, 2, TWO);
    CHECK(!ask(&world, &waiter));
    pass(&world, FROZEN_WAIT_MS - 1);
    CHECK_INT(waiter.calls, 0);
    pass(&world, 1);
    CHECK(waiter.calls == 1 && !waiter.frozen);
    CHECK(!ask(&world, &waiter)); /* it is still on its way */
    CHECK_INT(world.wanted, 1);
    give_copy(&world, NULL); /* it failed */
    CHECK(waiter.calls == 1 && !waiter.frozen);
    CHECK(!ask(&world, &waiter));
    CHECK_INT(world.wanted, 2);
    frozen_wait_stop(&waiter.wait);
    done(&world);
}

TEST(without_the_writer_its_file_can_be_had_at_once)
{
    struct world world;
    struct waiter waiter;
    open_world(&world, ONE);
    feed(&world, 2, TWO);
    CHECK(!ask(&world, &waiter));
    served_image_writer_gone(world.served);
    CHECK(waiter.calls == 1 && waiter.frozen);
    CHECK(shows(frozen_image_get(waiter.frozen), "two.example.org"));
    frozen_image_release(waiter.frozen);
    pass(&world, FROZEN_SHARE_MS);
    CHECK(ask(&world, &waiter));
    CHECK(shows(frozen_image_get(waiter.frozen), "two.example.org"));
    frozen_image_release(waiter.frozen);
    done(&world);
}

/* ----- a writer that never rests ----- */

struct hammer {
    struct world *world;
    int fds[2];
    off_t at; /* where two addresses stand, in both files */
    off_t next;
    atomic_bool stop;
};

static void *patch_for_ever(void *ctx)
{
    struct hammer *hammer = (struct hammer *)ctx;
    for (uint32_t i = 1; !atomic_load(&hammer->stop); i++) {
        uint32_t id = 2 + i % 2;
        uint8_t byte = (uint8_t)i;
        begin_patch(&hammer->world->writer, id);
        (void)!pwrite(hammer->fds[i % 2], &byte, 1, hammer->at);
        (void)sched_yield(); /* one is changed, the other not yet */
        (void)!pwrite(hammer->fds[i % 2], &byte, 1, hammer->next);
        end_patch(&hammer->world->writer, id);
        set_live(&hammer->world->writer, id);
    }
    return NULL;
}

/* The last bytes of both addresses, read with a pause; false: there are not two. */
static bool read_two(const struct image *image, uint8_t out[2])
{
    struct name name;
    struct image_cursor cursor;
    struct image_record record;
    CHECK(name_parse(STR("both.example.org"), &name, NULL) == OK);
    image_find(image, NULL, name_bytes(&name), false, &cursor);
    for (int i = 0; i < 2; i++) {
        if (!image_next(&cursor, &record) || record.rdata.n != 4)
            return false;
        out[i] = (uint8_t)record.rdata.at[3];
        (void)sched_yield();
    }
    return true;
}

static off_t find_bytes(int fd, struct str bytes)
{
    static char content[1 << 20];
    ssize_t n = pread(fd, content, sizeof(content), 0);
    CHECK(n > 0 && (size_t)n < sizeof(content));
    const char *at = (const char *)memmem(content, (size_t)n, bytes.at, bytes.n);
    CHECK(at != NULL);
    return at - content + 3;
}

TEST(no_torn_read_is_taken_for_a_whole_one)
{
    static const char lines[] =
        SOA "+both.example.org:192.0.2.0\n+both.example.org:198.51.100.0\n";
    enum {
        READS = 20000,
        READS_MAX = 4000000
    };
    struct world world;
    struct hammer hammer = { .world = &world };
    pthread_t thread;
    open_world(&world, lines);
    hammer.fds[1] = publish(&world, lines);
    hammer.fds[0] = publish(&world, lines);
    hammer.at = find_bytes(hammer.fds[0], STR("\300\0\2\0"));
    hammer.next = find_bytes(hammer.fds[0], STR("\306\63\144\0"));
    set_live(&world.writer, 2);
    give_control_page(&world);
    give_file(&world, 3, hammer.fds[1]);
    give_file(&world, 2, hammer.fds[0]);
    CHECK(served_image_is_from_writer(world.served));
    CHECK(pthread_create(&thread, NULL, patch_for_ever, &hammer) == 0);

    size_t torn = 0, wrong = 0, reads = 0;
    for (; reads < READS || (torn == 0 && reads < READS_MAX); reads++) {
        struct served_look look;
        uint8_t two[2] = { 0 };
        bool found = false;
        served_image_begin(world.served, &look);
        for (;;) {
            found = read_two(look.image, two);
            if (!served_image_again(world.served, &look))
                break;
            torn++;
        }
        wrong += !found || (look.changes && two[0] != two[1]);
        if (!look.changes) /* too often in a row: our own mapping, which no writer
                              that asks for a lease would write to */
            pass(&world, SETTLE_MS);
    }
    atomic_store(&hammer.stop, true);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_INT(wrong, 0);
    CHECK(torn > 0); /* the test has seen what it is about */
    file_close(hammer.fds[0]);
    file_close(hammer.fds[1]);
    done(&world);
}
