// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/publisher.h"

#include "image/image.h"
#include "net/loop.h"
#include "world.h"

#ifdef ROVE_FAULTS
#include "base/fault.h"
#endif

/* A publisher on a clock that the test moves, and what it told. */
struct scene {
    struct world world;
    struct clock_manual clock;
    struct loop *loop;
    struct publisher *publisher;
    const char *statics[1];
    int settled, failed; /* calls */
    int64_t seq;
    enum status status;
    char text[ERROR_TEXT_SIZE];
    const char *fragment; /* path; NULL: none */
    int images, zones;    /* begun, and of the last one */
    uint32_t serial;
};

static void note_zone(void *ctx, const struct name *zone, uint32_t serial)
{
    struct scene *scene = ctx;
    scene->images += zone == NULL;
    scene->zones = zone ? scene->zones + 1 : 0;
    scene->serial = serial;
}

static void note_settled(void *ctx, int64_t seq, enum status status,
                         const struct error *err)
{
    struct scene *scene = ctx;
    scene->seq = seq;
    scene->status = status;
    CHECK((status == OK) == (err == NULL));
    if (status) {
        scene->failed++;
        (void)snprintf(scene->text, sizeof(scene->text), "%s", err->text);
    } else
        scene->settled++;
}

static void scene_start(struct scene *scene, bool with_statics)
{
    scene->statics[0] = scene->world.statics;
    const struct publisher_options options = { .loop = scene->loop,
                                               .database = scene->world.database,
                                               .directory = scene->world.images,
                                               .statics = scene->statics,
                                               .static_count = with_statics,
                                               .text = scene->fragment,
                                               .settled = note_settled,
                                               .zone = note_zone,
                                               .ctx = scene };
    MUST(publisher_start(&options, &scene->publisher, why));
}

/* Everything but the publisher. */
static void scene_init(struct scene *scene)
{
    *scene = (struct scene){ .seq = -7 };
    world_init(&scene->world);
    clock_manual_init(&scene->clock, 1000, 5000);
    scene->loop = loop_new(&scene->clock.clock);
}

static void scene_done(struct scene *scene)
{
    publisher_stop(TAKE(scene->publisher));
    loop_free(TAKE(scene->loop));
    world_done(&scene->world);
}

/* Until what is being built is in its place. */
static void wait_for_build(struct scene *scene)
{
    for (int i = 0; i < 1000 && publisher_is_rebuilding(scene->publisher); i++)
        loop_turn(scene->loop, 10);
    CHECK(!publisher_is_rebuilding(scene->publisher));
}

/* Moves the clock and lets the loop deliver what is due, and what that leads to. */
static void pass(struct scene *scene, int64_t ms)
{
    scene->clock.now_ms += ms;
    loop_turn(scene->loop, 0);
    wait_for_build(scene);
}

/* Whether the present image has an A record at the name. */
static bool has_address(const struct scene *scene, const char *text)
{
    char path[2 * WORLD_PATH_SIZE];
    CLEANUP(image_closep) struct image *image = NULL;
    (void)snprintf(path, sizeof(path), "%s/data.cdb", scene->world.images);
    MUST(image_open(path, &image, why));
    struct name name = name_of(text);
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, NULL, name_bytes(&name), false, &cursor);
    return image_next(&cursor, &record) && record.type == RR_A;
}

static uint32_t serial_at(const struct scene *scene, const char *text)
{
    char path[2 * WORLD_PATH_SIZE];
    CLEANUP(image_closep) struct image *image = NULL;
    (void)snprintf(path, sizeof(path), "%s/data.cdb", scene->world.images);
    MUST(image_open(path, &image, why));
    struct name name = name_of(text);
    struct image_cursor cursor;
    struct image_record record;
    struct soa soa = { .serial = 0 };
    image_find(image, NULL, name_bytes(&name), false, &cursor);
    while (image_next(&cursor, &record))
        if (record.type == RR_SOA)
            CHECK_INT(soa_decode(record.rdata, &soa), OK);
    return soa.serial;
}

static int64_t add_host(struct scene *scene, int64_t zone, const char *name)
{
    struct host_row host = world_host(&scene->world, zone, name, "192.0.2.1", NULL);
    int64_t seq = world_change(&scene->world);
    host.last_change = seq;
    world_insert_host(&scene->world, &host);
    return seq;
}

TEST(the_first_image_is_built_at_the_start)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    int64_t seq = add_host(&scene, zone, "a.dyn.example");
    scene_start(&scene, false);
    pass(&scene, 0);
    CHECK_INT(scene.settled, 1);
    CHECK_INT(scene.seq, seq);
    CHECK_TEXT(publisher_trouble(scene.publisher), "");
    CHECK(has_address(&scene, "a.dyn.example"));
    CHECK_INT(publisher_counts(scene.publisher)->hosts, 1);
    CHECK_INT(publisher_counts(scene.publisher)->zones, 1);
    scene_done(&scene);
}

TEST(nothing_is_built_while_nothing_changes)
{
    struct scene scene;
    scene_init(&scene);
    world_write(&scene.world, "data", "+static.example:192.0.2.9\n", 100);
    scene_start(&scene, true);
    pass(&scene, 0);
    CHECK_INT(scene.settled, 1);
    for (int i = 0; i < 5; i++) {
        publisher_wake(scene.publisher);
        pass(&scene, 1000);
    }
    CHECK_INT(scene.settled, 1);
    CHECK_INT(publisher_counts(scene.publisher)->static_records, 1);
    scene_done(&scene);
}

TEST(a_change_is_published_at_a_wake_and_without_one_at_the_next_look)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    scene_start(&scene, false);
    pass(&scene, 0);

    int64_t seq = add_host(&scene, zone, "a.dyn.example");
    pass(&scene, 100);
    CHECK_INT(scene.settled, 1);
    publisher_wake(scene.publisher);
    pass(&scene, 0);
    CHECK_INT(scene.settled, 2);
    CHECK_INT(scene.seq, seq);
    CHECK(has_address(&scene, "a.dyn.example"));

    seq = add_host(&scene, zone, "b.dyn.example");
    pass(&scene, 999);
    CHECK_INT(scene.settled, 2);
    pass(&scene, 1);
    CHECK_INT(scene.settled, 3);
    CHECK_INT(scene.seq, seq);
    CHECK(has_address(&scene, "b.dyn.example"));
    scene_done(&scene);
}

TEST(changes_close_together_become_one_image)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example"), seq = 0;
    scene_start(&scene, false);
    pass(&scene, 0);
    static const char *const names[] = { "a.dyn.example", "b.dyn.example",
                                         "c.dyn.example" };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        seq = add_host(&scene, zone, names[i]);
        publisher_wake(scene.publisher);
        pass(&scene, 5);
    }
    CHECK_INT(scene.settled, 1);
    pass(&scene, 5);
    CHECK_INT(scene.settled, 2);
    CHECK_INT(scene.seq, seq);
    scene_done(&scene);
}

TEST(it_waits_for_the_database_and_says_so_once)
{
    struct scene scene = { .seq = -7 };
    world_folder(&scene.world);
    clock_manual_init(&scene.clock, 1000, 5000);
    scene.loop = loop_new(&scene.clock.clock);
    world_write(&scene.world, "data", "+static.example:192.0.2.9\n", 100);
    scene_start(&scene, true);
    for (int i = 0; i < 4; i++)
        pass(&scene, 1000);
    CHECK_INT(scene.failed, 1);
    CHECK_INT(scene.status, ERR_NOT_FOUND);
    CHECK(strstr(scene.text, "rove.db"));
    CHECK_TEXT(publisher_trouble(scene.publisher), scene.text);

    world_open_store(&scene.world);
    pass(&scene, 1000);
    CHECK_INT(scene.settled, 1);
    CHECK_INT(scene.seq, 0);
    CHECK_TEXT(publisher_trouble(scene.publisher), "");
    CHECK(has_address(&scene, "static.example"));
    scene_done(&scene);
}

TEST(a_static_file_is_read_again_when_it_changes)
{
    struct scene scene;
    scene_init(&scene);
    world_write(&scene.world, "data", "+a.example:192.0.2.9\n", 100);
    scene_start(&scene, true);
    pass(&scene, 0);
    CHECK(has_address(&scene, "a.example"));

    world_write(&scene.world, "data", "+b.example:192.0.2.9\n", 101);
    pass(&scene, 1000);
    CHECK_INT(scene.settled, 2);
    CHECK(has_address(&scene, "b.example"));
    CHECK(!has_address(&scene, "a.example"));
    scene_done(&scene);
}

TEST(a_notice_from_the_folder_comes_before_the_next_look)
{
    struct scene scene;
    scene_init(&scene);
    scene_start(&scene, true);
    pass(&scene, 0);
    world_write(&scene.world, "data", "+b.example:192.0.2.9\n", 101);
    /* The first turn takes the notice, the second the timer that it set. */
    pass(&scene, 20);
    pass(&scene, 0);
    CHECK_INT(scene.settled, 2);
    CHECK(has_address(&scene, "b.example"));
    scene_done(&scene);
}

TEST(an_error_in_a_static_file_keeps_the_last_good_image)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    world_write(&scene.world, "data", "+a.example:192.0.2.9\n", 100);
    scene_start(&scene, true);
    pass(&scene, 0);

    world_write(&scene.world, "data", "+b.example:bad\n", 101);
    (void)add_host(&scene, zone, "a.dyn.example");
    for (int i = 0; i < 3; i++)
        pass(&scene, 1000);
    CHECK_INT(scene.failed, 1);
    CHECK_INT(scene.status, ERR_SYNTAX);
    CHECK_INT(scene.seq, 0);
    CHECK(strstr(scene.text, "data:1: field 2"));
    CHECK(has_address(&scene, "a.example"));
    CHECK(!has_address(&scene, "a.dyn.example"));

    world_write(&scene.world, "data", "+b.example:worse\n", 102);
    pass(&scene, 1000);
    CHECK_INT(scene.failed, 2);
    CHECK(strstr(scene.text, "worse"));

    world_write(&scene.world, "data", "+b.example:192.0.2.9\n", 103);
    pass(&scene, 1000);
    CHECK_INT(scene.settled, 2);
    CHECK_TEXT(publisher_trouble(scene.publisher), "");
    CHECK(has_address(&scene, "b.example"));
    CHECK(has_address(&scene, "a.dyn.example"));
    scene_done(&scene);
}

static uint32_t published_serial(const struct scene *scene, const char *zone)
{
    CLEANUP(image_closep) struct image *image = NULL;
    char path[2 * WORLD_PATH_SIZE];
    struct name name;
    struct image_cursor cursor;
    struct image_record record;
    struct soa soa;
    (void)snprintf(path, sizeof(path), "%s/data.cdb", scene->world.images);
    MUST(image_open(path, &image, why));
    MUST(name_parse(str_from(zone), &name, why));
    image_find(image, NULL, name_bytes(&name), false, &cursor);
    do
        CHECK(image_next(&cursor, &record));
    while (record.type != RR_SOA);
    CHECK_INT(soa_decode(record.rdata, &soa), OK);
    return soa.serial;
}

TEST(a_database_that_fell_behind_is_published_and_no_serial_falls)
{
    static const uint32_t bases[] = { 1, 2000 }, serials[] = { 1001, 2000 };
    struct scene scene;
    scene_init(&scene);
    int64_t zone_id = world_add_zone(&scene.world, "dyn.example");
    struct zone_row zone;
    scene_start(&scene, false);
    pass(&scene, 0);
    CHECK_INT(published_serial(&scene, "dyn.example"), 1000);
    for (size_t i = 0; i < LENGTH_OF(bases); i++) {
        MUST(store_begin(scene.world.store, why));
        MUST(store_zone_find(scene.world.store, zone_id, &zone, why));
        zone.serial_base = bases[i];
        MUST(store_zone_update(scene.world.store, &zone, why));
        MUST(store_commit(scene.world.store, why));
        (void)world_change(&scene.world);
        pass(&scene, 1000);
        CHECK_INT(scene.failed, 0);
        CHECK_INT(scene.settled, i + 2);
        CHECK_INT(published_serial(&scene, "dyn.example"), serials[i]);
    }
    scene_done(&scene);
}

TEST(a_given_serial_that_was_lowered_is_counted_and_the_published_one_goes_on)
{
    static const struct {
        const char *line;
        uint32_t serial;
        size_t held;
    } rows[] = { { "Zexample:ns1:h:10\n", 10, 0 },
                 { "Zexample:ns1:h:9\n", 11, 1 },
                 { "Zexample:ns1:h:12\n", 12, 0 } };
    struct scene scene;
    scene_init(&scene);
    scene_start(&scene, true);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        world_write(&scene.world, "data", rows[i].line, 101 + (time_t)i);
        pass(&scene, 1000);
        CHECK_INT(published_serial(&scene, "example"), rows[i].serial);
        const struct publisher_counts *counts = publisher_counts(scene.publisher);
        CHECK_INT(counts->serials_held, rows[i].held);
        CHECK_TEXT(counts->held_example, rows[i].held ? "example" : "");
    }
    scene_done(&scene);
}

TEST(a_database_put_in_place_of_the_old_one_is_published)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    (void)add_host(&scene, zone, "old.dyn.example");
    scene_start(&scene, false);
    pass(&scene, 0);
    CHECK(has_address(&scene, "old.dyn.example"));

    struct world other;
    world_init(&other);
    struct zone_row row = world_zone(&other, "dyn.example");
    row.serial_base = 5000;
    MUST(store_begin(other.store, why));
    MUST(store_zone_insert(other.store, &row, why));
    MUST(store_commit(other.store, why));
    struct host_row host =
        world_host(&other, row.id, "new.dyn.example", "192.0.2.1", NULL);
    host.last_change = world_change(&other);
    world_insert_host(&other, &host);
    store_close(TAKE(other.store));
    store_close(TAKE(scene.world.store));
    CHECK_INT(rename(other.database, scene.world.database), 0);
    static const char *const companions[] = { "-wal", "-shm" };
    for (size_t i = 0; i < LENGTH_OF(companions); i++) {
        char from[2 * WORLD_PATH_SIZE], to[2 * WORLD_PATH_SIZE];
        (void)snprintf(from, sizeof(from), "%s%s", other.database, companions[i]);
        (void)snprintf(to, sizeof(to), "%s%s", scene.world.database, companions[i]);
        (void)unlink(to);
        (void)rename(from, to); /* may be gone after a clean end */
    }
    pass(&scene, 1000);
    CHECK_INT(scene.status, OK);
    CHECK_INT(scene.settled, 2);
    CHECK(has_address(&scene, "new.dyn.example"));
    CHECK(!has_address(&scene, "old.dyn.example"));
    world_done(&other);
    scene_done(&scene);
}

TEST(a_damaged_image_is_replaced)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    (void)add_host(&scene, zone, "a.dyn.example");
    char path[2 * WORLD_PATH_SIZE];
    CHECK_INT(mkdir(scene.world.images, 0755), 0);
    (void)snprintf(path, sizeof(path), "%s/data.cdb", scene.world.images);
    MUST(file_replace(path, STR("no image"), 0644, why));
    scene_start(&scene, false);
    pass(&scene, 0);
    CHECK_INT(scene.settled, 1);
    CHECK(has_address(&scene, "a.dyn.example"));
    scene_done(&scene);
}

static void spoil(const char *path, const char *older, int how)
{
    if (how == 0) {
        CHECK_INT(truncate(path, 3000), 0);
    } else if (how == 1) {
        CHECK_INT(truncate(path, 0), 0);
    } else if (how == 2) { /* zeros where the header stands */
        CLEANUP(file_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
        static const char zeros[2048];
        CHECK_INT(pwrite(fd, zeros, sizeof(zeros), 0), sizeof(zeros));
    } else if (how == 3) {
        CHECK_INT(rename(older, path), 0);
    } else {
        CHECK_INT(unlink(path), 0);
    }
    (void)unlink(older);
}

/* What we know of the image goes on from what we made, not from what stands there. */
TEST(an_image_that_somebody_spoils_is_noticed_and_made_anew_and_no_serial_falls)
{
    for (int row = 0; row < 10; row++) {
        struct scene scene;
        scene_init(&scene);
        int64_t zone = world_add_zone(&scene.world, "dyn.example");
        scene_start(&scene, false);
        pass(&scene, 0);
        char data[2 * WORLD_PATH_SIZE], older[2 * WORLD_PATH_SIZE];
        (void)snprintf(data, sizeof(data), "%s/data.cdb", scene.world.images);
        (void)snprintf(older, sizeof(older), "%s/older", scene.world.images);
        CLEANUP(file_closep) int fd = open(data, O_RDONLY | O_CLOEXEC);
        MUST(file_copy(fd, data, older, 0644, why));
        file_close(fd);
        fd = -1;
        pass(&scene, 1000);
        int64_t seq = add_host(&scene, zone, "a.dyn.example");
        publisher_wake(scene.publisher);
        pass(&scene, 1000);
        CHECK_INT(scene.seq, seq);
        uint32_t before = serial_at(&scene, "dyn.example");

        spoil(data, older, row / 2);
        if (row % 2) { /* with a change, or without one */
            (void)add_host(&scene, zone, "b.dyn.example");
            publisher_wake(scene.publisher);
        }
        for (int i = 0; i < 4; i++)
            pass(&scene, 1000);
        CHECK_TEXT(publisher_trouble(scene.publisher), "");
        CHECK(has_address(&scene, "a.dyn.example"));
        CHECK_INT(has_address(&scene, "b.dyn.example"), row % 2);
        uint32_t after = serial_at(&scene, "dyn.example");
        CHECK(after == before ? row % 2 == 0 : serial_is_newer(after, before));
        scene_done(&scene);
    }
}

TEST(shadowed_hosts_are_counted_with_an_example)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    (void)add_host(&scene, zone, "a.dyn.example");
    world_write(&scene.world, "data", "'a.dyn.example:static\n", 100);
    scene_start(&scene, true);
    pass(&scene, 0);
    const struct publisher_counts *counts = publisher_counts(scene.publisher);
    CHECK_INT(counts->hosts_shadowed, 1);
    CHECK_TEXT(counts->shadowed_example, "a.dyn.example");
    CHECK(!has_address(&scene, "a.dyn.example"));
    scene_done(&scene);
}

TEST(a_directory_that_cannot_be_made_is_an_error_at_the_start)
{
    struct scene scene;
    struct error err = { .text = "" };
    scene_init(&scene);
    const struct publisher_options options = { .loop = scene.loop,
                                               .database = scene.world.database,
                                               .directory = "/proc/none/images" };
    CHECK_INT(publisher_start(&options, &scene.publisher, &err), ERR_IO);
    CHECK(scene.publisher == NULL && err.text[0]);
    scene_done(&scene);
}

TEST(a_missing_static_path_keeps_the_last_good_image)
{
    struct scene scene;
    char moved[2 * WORLD_PATH_SIZE];
    scene_init(&scene);
    world_write(&scene.world, "data", "+a.example:192.0.2.9\n", 100);
    scene_start(&scene, true);
    pass(&scene, 0);
    (void)snprintf(moved, sizeof(moved), "%s.moved", scene.world.statics);
    CHECK_INT(rename(scene.world.statics, moved), 0);
    pass(&scene, 1000);
    CHECK_INT(scene.status, ERR_NOT_FOUND);
    CHECK(has_address(&scene, "a.example"));
    CHECK_INT(rename(moved, scene.world.statics), 0);
    pass(&scene, 1000);
    CHECK_INT(scene.status, OK);
    scene_done(&scene);
}

TEST(the_zones_of_each_image_are_told_with_their_serials)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    (void)world_add_zone(&scene.world, "other.example");
    world_write(&scene.world, "data", "Zstatic.example:ns.example:h.example:7\n", 100);
    scene_start(&scene, true);
    pass(&scene, 0);
    CHECK_INT(scene.images, 1);
    CHECK_INT(scene.zones, 3);
    (void)add_host(&scene, zone, "a.dyn.example");
    pass(&scene, 1000);
    CHECK_INT(scene.images, 2);
    CHECK_INT(scene.zones, 3);
    CHECK(scene.serial > 0);
    scene_done(&scene);
}

TEST(a_reread_builds_though_nothing_seems_to_have_changed_and_takes_new_paths)
{
    struct scene scene;
    scene_init(&scene);
    world_write(&scene.world, "data", "+a.example:192.0.2.9\n", 100);
    scene_start(&scene, true);
    pass(&scene, 0);
    CHECK_INT(scene.settled, 1);
    pass(&scene, 1000);
    CHECK_INT(scene.settled, 1);
    publisher_reread(scene.publisher, scene.statics, 1);
    pass(&scene, 0);
    CHECK_INT(scene.settled, 2);
    CHECK(has_address(&scene, "a.example"));
    publisher_reread(scene.publisher, NULL, 0);
    pass(&scene, 0);
    CHECK_INT(scene.settled, 3);
    CHECK(!has_address(&scene, "a.example"));
    scene_done(&scene);
}

TEST(a_fragment_that_fails_is_trouble_but_the_image_is_new)
{
    struct scene scene;
    char folder[2 * WORLD_PATH_SIZE], path[3 * WORLD_PATH_SIZE];
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    (void)snprintf(folder, sizeof(folder), "%s/fragment", scene.world.folder);
    (void)snprintf(path, sizeof(path), "%s/rove.data", folder);
    scene.fragment = path;
    scene_start(&scene, false);
    pass(&scene, 0);
    int64_t seq = add_host(&scene, zone, "a.dyn.example");
    pass(&scene, 1000);
    CHECK_INT(scene.settled, 2);
    CHECK_INT(scene.seq, seq);
    CHECK(strstr(publisher_trouble(scene.publisher), path));
    CHECK(has_address(&scene, "a.dyn.example"));
    CHECK_INT(scene.images, 2);

    CHECK_INT(mkdir(folder, 0755), 0);
    pass(&scene, 1000);
    CHECK_INT(scene.settled, 3);
    CHECK_INT(scene.images, 2); /* the fragment alone was owed */
    CHECK_TEXT(publisher_trouble(scene.publisher), "");
    CHECK_INT(access(path, F_OK), 0);
    pass(&scene, 1000);
    CHECK_INT(scene.settled, 3);
    scene_done(&scene);
}

#ifdef ROVE_FAULTS
TEST(no_serial_is_published_that_could_not_be_remembered)
{
    struct scene scene;
    scene_init(&scene);
    int64_t zone = world_add_zone(&scene.world, "dyn.example");
    scene_start(&scene, true);
    pass(&scene, 0);
    world_write(&scene.world, "data", ".static.example:192.0.2.1:a\n", 100);
    fault_arm("file.rename", 1, false);
    pass(&scene, 1000);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK_INT(scene.status, ERR_IO);
    CHECK(!has_address(&scene, "a.ns.static.example"));
    /* Hosts go on meanwhile, and the next look tries again. */
    (void)add_host(&scene, zone, "a.dyn.example");
    pass(&scene, 1000);
    CHECK(has_address(&scene, "a.dyn.example"));
    pass(&scene, 1000);
    CHECK_INT(scene.status, OK);
    CHECK(has_address(&scene, "a.ns.static.example"));
    scene_done(&scene);
}

TEST(a_disk_that_fails_is_tried_again_without_a_new_change)
{
    static const char *const points[] = { "image.sync", "image.rename" };
    for (size_t i = 0; i < LENGTH_OF(points); i++) {
        struct scene scene;
        scene_init(&scene);
        int64_t zone = world_add_zone(&scene.world, "dyn.example");
        scene_start(&scene, false);
        pass(&scene, 0);
        int64_t seq = add_host(&scene, zone, "a.dyn.example");
        /* The thread that brings the image before to the disk may be the first one to fail. */
        fault_arm(points[i], 1, true);
        pass(&scene, 1000);
        CHECK(fault_hits() > 0);
        fault_arm(NULL, 0, false);
        CHECK_INT(scene.status, ERR_IO);
        CHECK_INT(scene.seq, seq - 1);
        CHECK(!has_address(&scene, "a.dyn.example"));
        pass(&scene, 1000);
        CHECK_INT(scene.status, OK);
        CHECK_INT(scene.seq, seq);
        CHECK(has_address(&scene, "a.dyn.example"));
        scene_done(&scene);
    }
}
#endif
