// SPDX-License-Identifier: GPL-3.0-or-later
/* A watch on a clock that the test moves, and a secondary on loopback that serves the serial that
 * the test wants. */
#include "publish/serial_watch.h"

#include <sys/socket.h>

#include "base/random.h"
#include "dns/message.h"
#include "dns/record.h"
#include "net/loop.h"
#include "net/socket.h"
#include "publish/asker.h"
#include "publish/notify.h"
#include "world.h"

enum {
    WIRE_SIZE = 1024,
    STEP_MS = 50,
    WALL_S = 1000000,
    SOA_SIZE = 2 + 20 /* both names are the root */
};

struct scene {
    struct clock_manual clock;
    struct loop *loop;
    struct asker *asker;
    struct notify *notify;
    struct serial_watch *watch;
    struct notify_secondary secondary;
    int fd; /* of the secondary */
    bool is_silent;
    uint32_t serial; /* that it serves */
    int asked;
    int64_t served; /* the last answer; 0: none */
};

static void note(void *ctx, uint32_t zone)
{
    struct scene *scene = ctx;
    serial_watch_note(scene->watch, zone);
}

static void note_served(void *ctx, int64_t number)
{
    ((struct scene *)ctx)->served = number;
}

static void change_nothing(void *ctx)
{
    (void)ctx;
}

/* `zone` NULL: the secondary has all. */
static void scene_open_for(struct scene *scene, const struct name *zone)
{
    static const struct serial_watch_secondary asked = { 0, 1 };
    uint16_t port = 0;
    random_init();
    *scene = (struct scene){
        .secondary = { .title = "ns2", .zones = zone, .zone_count = zone ? 1 : 0 }
    };
    clock_manual_init(&scene->clock, WALL_S, 5000);
    scene->loop = loop_new(&scene->clock.clock);
    MUST(socket_bind_udp(ip_of("127.0.0.1"), 0, false, &scene->fd, &port, why));
    const struct asker_server server = { "ns2", ip_of("127.0.0.1"), port };
    scene->asker = asker_new(scene->loop, &server, 1);
    const struct notify_options notify = { .loop = scene->loop,
                                           .secondaries = &scene->secondary,
                                           .secondary_count = 1,
                                           .zone_changed = note,
                                           .ctx = scene };
    scene->notify = notify_new(&notify);
    const struct serial_watch_options options = { .loop = scene->loop,
                                                  .asker = scene->asker,
                                                  .notify = scene->notify,
                                                  .secondaries = &asked,
                                                  .secondary_count = 1,
                                                  .changed = change_nothing,
                                                  .served = note_served,
                                                  .ctx = scene };
    scene->watch = serial_watch_new(&options);
}

static void scene_open(struct scene *scene)
{
    scene_open_for(scene, NULL);
}

static void scene_done(struct scene *scene)
{
    serial_watch_free(scene->watch);
    notify_free(scene->notify);
    asker_free(scene->asker);
    loop_free(scene->loop);
    file_close(scene->fd);
}

/* The zones of a new image. */
static void publish(struct scene *scene, const char *const *zones, size_t count,
                    uint32_t serial)
{
    notify_forget(scene->notify);
    for (size_t i = 0; i < count; i++) {
        struct name name = name_of(zones[i]);
        notify_note(scene->notify, &name, serial);
    }
    notify_commit(scene->notify);
}

static void change(struct scene *scene, const char *zone, uint32_t serial)
{
    struct name name = name_of(zone);
    notify_change(scene->notify, &name, serial);
}

/* Appends the SOA record, owned by the question's name. */
static size_t add_serial(uint8_t *wire, size_t n, uint32_t serial)
{
    struct buf out = buf_on(wire + n, WIRE_SIZE - n);
    const struct soa soa = { .mname = name_of("."),
                             .rname = name_of("."),
                             .serial = serial };
    wire[2] = 0x84;
    wire[7] = 1;
    buf_put(&out, STR("\300\014\000\006\000\001\000\000\000\074"));
    buf_put_u16(&out, SOA_SIZE);
    soa_encode(&soa, &out);
    return n + out.n;
}

static void serve(struct scene *scene)
{
    uint8_t wire[WIRE_SIZE];
    struct sockaddr_storage from;
    socklen_t from_n = sizeof(from);
    ssize_t n = 0;
    while ((n = recvfrom(scene->fd, wire, sizeof(wire), MSG_DONTWAIT,
                         (struct sockaddr *)&from, &from_n)) > 0) {
        scene->asked++;
        size_t reply_n = add_serial(wire, (size_t)n, scene->serial);
        if (!scene->is_silent)
            CHECK(sendto(scene->fd, wire, reply_n, 0, (const struct sockaddr *)&from,
                         from_n) > 0);
    }
}

static void pass(struct scene *scene, int64_t ms)
{
    for (int64_t passed_ms = 0; passed_ms < ms; passed_ms += STEP_MS) {
        scene->clock.now_ms += STEP_MS;
        scene->clock.now_s = WALL_S + (scene->clock.now_ms - 5000) / 1000;
        loop_turn(scene->loop, 0);
        serve(scene);
        loop_turn(scene->loop, 0);
    }
}

static struct serial_watch_state state_of(const struct scene *scene)
{
    struct serial_watch_state state;
    serial_watch_get(scene->watch, 0, &state);
    return state;
}

static const char *const dyn[] = { "dyn.example" };

static int64_t await(struct scene *scene, const char *zone, int64_t number)
{
    struct name name = name_of(zone);
    serial_watch_await(scene->watch, &name, number);
    return scene->served;
}

TEST(a_zone_that_has_changed_is_asked_for_until_the_secondary_serves_it)
{
    struct scene scene;
    scene_open(&scene);
    publish(&scene, dyn, 1, 7);
    scene.serial = 7;
    pass(&scene, 1500); /* its first turn */
    CHECK_INT(state_of(&scene).behind, 0);
    int asked = scene.asked;

    change(&scene, dyn[0], 8);
    CHECK_INT(state_of(&scene).behind, 1);
    pass(&scene, SERIAL_SOON_MS + 2 * STEP_MS);
    CHECK_INT(scene.asked, asked + 1);
    pass(&scene, SERIAL_LATER_MS + 2 * STEP_MS);
    CHECK_INT(scene.asked, asked + 2);
    CHECK_INT(state_of(&scene).behind, 1);
    CHECK(state_of(&scene).behind_since_s >= WALL_S);
    CHECK_INT(serial_watch_behind_since(scene.watch, 0, 0),
              state_of(&scene).behind_since_s);

    scene.serial = 8;
    pass(&scene, SERIAL_LATER_MS + 2 * STEP_MS);
    CHECK_INT(state_of(&scene).behind, 0);
    CHECK_INT(state_of(&scene).behind_since_s, 0);
    asked = scene.asked;
    pass(&scene, 10000);
    CHECK_INT(scene.asked, asked);
    scene_done(&scene);
}

TEST(a_zone_that_has_not_changed_has_its_turn)
{
    static const char *const zones[] = { "a.example", "b.example", "c.example" };
    struct scene scene;
    scene_open(&scene);
    publish(&scene, zones, LENGTH_OF(zones), 7);
    scene.serial = 6; /* lost while nobody looked */
    pass(&scene, 1500);
    CHECK_INT(state_of(&scene).behind, 1);
    pass(&scene, SERIAL_ROUND_MS / 3 + 1000);
    CHECK_INT(state_of(&scene).behind, 2);
    pass(&scene, SERIAL_ROUND_MS / 3 + 1000);
    CHECK_INT(state_of(&scene).behind, 3);
    scene_done(&scene);
}

TEST(a_silent_secondary_is_behind_with_what_has_changed_and_catches_up)
{
    struct scene scene;
    scene_open(&scene);
    publish(&scene, dyn, 1, 7);
    scene.is_silent = true;
    pass(&scene, 5000);
    CHECK_INT(state_of(&scene).behind, 0);
    CHECK(state_of(&scene).silences > 0);
    CHECK_INT(state_of(&scene).heard_s, 0);
    change(&scene, dyn[0], 8);
    pass(&scene, 30000);
    CHECK_INT(state_of(&scene).behind, 1);
    scene.is_silent = false;
    scene.serial = 8;
    pass(&scene, SERIAL_LATER_MS + 2 * ASKER_TRY_MS);
    CHECK_INT(state_of(&scene).behind, 0);
    CHECK_INT(state_of(&scene).silences, 0);
    scene_done(&scene);
}

TEST(one_that_is_always_one_change_behind_is_not_behind_since_the_first_change)
{
    struct scene scene;
    scene_open(&scene);
    publish(&scene, dyn, 1, 100);
    for (uint32_t serial = 101; serial < 121; serial++) {
        scene.serial = serial - 1;
        change(&scene, dyn[0], serial);
        pass(&scene, 5000);
    }
    int64_t now_s = WALL_S + (scene.clock.now_ms - 5000) / 1000;
    CHECK_INT(state_of(&scene).behind, 1);
    CHECK(now_s - state_of(&scene).behind_since_s <= 15);
    scene_done(&scene);
}

TEST(a_zone_that_is_gone_is_not_asked_for)
{
    static const char *const other[] = { "other.example" };
    struct scene scene;
    scene_open(&scene);
    publish(&scene, dyn, 1, 7);
    scene.serial = 7;
    pass(&scene, 1500);
    change(&scene, dyn[0], 8);
    publish(&scene, other, 1, 7);
    CHECK_INT(state_of(&scene).behind, 0);
    int asked = scene.asked;
    pass(&scene, 20000);
    CHECK_INT(scene.asked, asked);
    scene_done(&scene);
}

TEST(a_question_is_answered_when_the_secondary_serves_what_the_zone_had_then)
{
    struct scene scene;
    scene_open(&scene);
    publish(&scene, dyn, 1, 7);
    scene.serial = 7;
    pass(&scene, 1500);
    change(&scene, dyn[0], 8);
    CHECK_INT(await(&scene, dyn[0], 11), 0);
    pass(&scene, 10000);
    CHECK_INT(scene.served, 0);
    change(&scene, dyn[0], 9);
    scene.serial = 8; /* behind by now, but not with what the question was about */
    pass(&scene, SERIAL_LATER_MS + 2 * STEP_MS);
    CHECK_INT(scene.served, 11);
    CHECK_INT(state_of(&scene).behind, 1);
    CHECK_INT(await(&scene, dyn[0], 12), 11);
    scene.serial = 10; /* not ours */
    pass(&scene, SERIAL_LATER_MS + 2 * STEP_MS);
    CHECK_INT(scene.served, 11);
    scene.serial = 9;
    pass(&scene, SERIAL_LATER_MS + 2 * STEP_MS);
    CHECK_INT(scene.served, 12);
    scene_done(&scene);
}

TEST(a_secondary_of_which_nothing_is_known_is_asked_first_even_if_it_is_silent)
{
    struct scene scene;
    scene_open(&scene);
    publish(&scene, dyn, 1, 7);
    scene.serial = 7;
    scene.is_silent = true;
    CHECK_INT(await(&scene, dyn[0], 11), 0);
    pass(&scene, 20000);
    CHECK_INT(scene.served, 0);
    CHECK_INT(state_of(&scene).behind, 0);
    scene.is_silent = false;
    pass(&scene, SERIAL_LATER_MS + 2 * ASKER_TRY_MS);
    CHECK_INT(scene.served, 11);
    int asked = scene.asked;
    pass(&scene, 10000);
    CHECK_INT(scene.asked, asked);
    scene_done(&scene);
}

TEST(a_zone_that_no_secondary_has_is_answered_at_once_and_one_that_is_not_there_never)
{
    static const char *const zones[] = { "dyn.example", "other.example" };
    const struct name other = name_of(zones[1]);
    struct scene scene;
    scene_open_for(&scene, &other);
    publish(&scene, zones, LENGTH_OF(zones), 7);
    CHECK_INT(await(&scene, "none.example", 11), 0);
    CHECK_INT(await(&scene, zones[1], 12), 0);
    CHECK_INT(await(&scene, zones[0], 13), 13);
    scene.serial = 7;
    pass(&scene, 1500);
    CHECK_INT(scene.served, 12);
    publish(&scene, dyn, 1, 7);
    CHECK_INT(await(&scene, zones[1], 14), 12);
    scene_done(&scene);
}
