// SPDX-License-Identifier: GPL-3.0-or-later
/* Whole images that are made while changes go on being published. */
#include "image/history.h"
#include "lineages.h"
#include "publish/delta.h"

#ifdef ROVE_FAULTS
#include "base/fault.h"
#include "image/writer.h"
#endif

enum {
    TURNS = 60,
    WATCHED = 2, /* the first zones of zone_names */
};

/* Loop and clock go on, whatever is being built. */
static void turn(struct scene *scene)
{
    for (int i = 0; i < TURNS; i++) {
        scene->clock.now_ms += i % 2;
        loop_turn(scene->loop, 0);
    }
}

static int64_t newest_of(struct scene *scene)
{
    int64_t newest = 0;
    MUST(store_newest_seq(scene->world.store, &newest, why));
    return newest;
}

/* ----- what secondaries see ----- */

struct seen {
    struct lines lines; /* without the SOA record */
    uint32_t serial;
};

static enum status note_seen(void *ctx, const struct record *record)
{
    struct seen *seen = ctx;
    struct soa soa;
    if (record->type != RR_SOA)
        return note_line(&seen->lines, record);
    CHECK_INT(soa_decode(record->rdata, &soa), OK);
    seen->serial = soa.serial;
    return OK;
}

static void see(struct scene *scene, const char *zone, struct seen *out)
{
    CLEANUP(image_closep) struct image *image = NULL;
    const struct name name = name_of(zone);
    out->lines.count = 0;
    MUST(image_open(image_writer_path(publisher_writer(scene->publisher)), &image, why));
    CHECK_INT(image_walk_zone(image, &name, note_seen, out), OK);
    qsort(out->lines.at, out->lines.count, sizeof(char *), compare_lines);
}

static bool is_same_content(const struct seen *a, const struct seen *b)
{
    if (a->lines.count != b->lines.count)
        return false;
    for (size_t i = 0; i < a->lines.count; i++)
        if (strcmp(a->lines.at[i], b->lines.at[i]) != 0)
            return false;
    return true;
}

static uint32_t serial_of(struct scene *scene, const char *zone)
{
    static struct seen now;
    see(scene, zone, &now);
    free_lines(&now.lines);
    return now.serial;
}

/* A serial never falls, and rises when the content is another. */
static void check_serials(struct scene *scene, struct seen before[WATCHED])
{
    static struct seen now;
    for (size_t i = 0; i < WATCHED; i++) {
        see(scene, zone_names[i], &now);
        if (now.serial != before[i].serial &&
            !serial_is_newer(now.serial, before[i].serial))
            fail_msg("%s: %lu after %lu", zone_names[i], (unsigned long)now.serial,
                     (unsigned long)before[i].serial);
        if (now.serial == before[i].serial && !is_same_content(&now, &before[i]))
            fail_msg("%s: another content with %lu", zone_names[i],
                     (unsigned long)now.serial);
        free_lines(&before[i].lines);
        before[i] = now;
    }
}

/* ----- tests that need no hold ----- */

struct run {
    struct scene scene;
    struct seen seen[WATCHED];
    bool with_statics, is_held;
};

static void set_hold(struct run *run, bool hold)
{
#ifdef ROVE_FAULTS
    fault_arm(hold ? "rebuild.hold" : NULL, 1, true);
#endif
    run->is_held = hold;
}

static void change_statics(struct scene *scene)
{
    char text[80];
    (void)snprintf(text, sizeof(text), "'extra.dyn.example:%u\n+x.example:192.0.2.%u\n",
                   pick(scene, 3), pick(scene, 3));
    world_write(&scene->world, "other", text, 50 + pick(scene, 20));
}

static void take_random_step(struct run *run)
{
    static const enum what all[] = { ADDRESSES,    ADDRESSES,    STATE,       WILDCARD,
                                     TTL,          COME,         COME,        GO,
                                     RECORD_COMES, RECORD_COMES, RECORD_GOES, TOKEN };
    struct scene *scene = &run->scene;
    if (!run->is_held && pick(scene, 3) == 0) {
        set_hold(run, true);
        publisher_reread(scene->publisher, scene->statics, 1);
    }
    if (run->with_statics && pick(scene, 10) == 0)
        change_statics(scene);
    MUST(store_begin(scene->world.store, why));
    for (unsigned n = 1 + pick(scene, 6); n > 0; n--)
        change(scene, all[pick(scene, LENGTH_OF(all))], pick(scene, 100));
    if (pick(scene, 12) == 0)
        change(scene, ZONE_SET, pick(scene, ZONES));
    MUST(store_commit(scene->world.store, why));
    publisher_wake(scene->publisher);
    turn(scene);
    check_serials(scene, run->seen);
    if (run->is_held && pick(scene, 3) > 0)
        return;
    set_hold(run, false);
    wait_for_build(scene);
    check_serials(scene, run->seen);
    settle(scene);
    check_serials(scene, run->seen);
    CHECK_INT(scene->seq, newest_of(scene));
    compare(scene);
}

static void run_random(unsigned seed, bool with_statics)
{
    static struct run run;
    run.with_statics = with_statics;
    run.is_held = false;
    scene_init(&run.scene, seed);
    settle(&run.scene);
    run.scene.any_serial = with_statics; /* the other lineage has fewer images */
    for (size_t i = 0; i < WATCHED; i++)
        see(&run.scene, zone_names[i], &run.seen[i]);
    for (int i = 0; i < 80; i++)
        take_random_step(&run);
    set_hold(&run, false);
    for (size_t i = 0; i < WATCHED; i++)
        free_lines(&run.seen[i].lines);
    CHECK(run.scene.images > 10);
    scene_done(&run.scene);
}

TEST(whenever_a_rebuild_runs_the_image_is_what_a_whole_one_would_be)
{
    for (unsigned seed = 1; seed <= 3; seed++)
        run_random(seed, false);
}

TEST(no_serial_falls_or_stays_with_another_content_whenever_a_rebuild_runs)
{
    for (unsigned seed = 11; seed <= 13; seed++)
        run_random(seed, true);
}

/* ----- tests of moments ----- */

#ifdef ROVE_FAULTS
/* A rebuild has begun; what comes from now on, it does not see. */
static void begin_held(struct scene *scene)
{
    fault_arm("rebuild.hold", 1, true);
    publisher_reread(scene->publisher, scene->statics, 1);
    for (int i = 0; i < 1000 && fault_asked() == 0; i++)
        loop_turn(scene->loop, 10);
    CHECK(fault_hits() > 0);
    CHECK(publisher_is_rebuilding(scene->publisher));
}

static void release(struct scene *scene)
{
    fault_arm(NULL, 0, false);
    wait_for_build(scene);
}

TEST(changes_that_come_while_a_rebuild_runs_are_published_at_once_and_stay)
{
    struct scene scene;
    scene_init(&scene, 1);
    settle(&scene);
    int images = scene.images;
    if (can_patch(&scene)) {
        begin_held(&scene);
        commit(&scene, COME, 0);
        commit(&scene, RECORD_COMES, 4);
        publish_late(&scene);
        CHECK(publisher_is_rebuilding(scene.publisher));
        CHECK_INT(scene.images, images);
        compare(&scene);
        uint32_t serial = serial_of(&scene, "dyn.example");
        release(&scene);
        CHECK_INT(scene.images, images + 1);
        CHECK_INT(scene.seq, newest_of(&scene));
        CHECK_INT(serial_of(&scene, "dyn.example"), serial);
        CHECK_INT(publisher_counts(scene.publisher)->hosts, 1);
        compare(&scene);
        commit(&scene, ADDRESSES, 0);
        publish_late(&scene);
        CHECK_INT(scene.images, images + 1);
        compare(&scene);
    }
    scene_done(&scene);
}

TEST(the_history_goes_on_across_a_rebuild_that_changes_nothing_in_a_zone)
{
    struct scene scene;
    const struct name zone = name_of("dyn.example");
    uint32_t to = 0;
    scene_init(&scene, 1);
    settle(&scene);
    if (can_patch(&scene)) {
        uint32_t from = serial_of(&scene, "dyn.example");
        begin_held(&scene);
        commit(&scene, COME, 0);
        publish_late(&scene);
        release(&scene);
        commit(&scene, ADDRESSES, 0);
        publish_late(&scene);
        CLEANUP(history_reader_freep)
        struct history_reader *reader = history_reader_new(scene.world.images);
        CLEANUP(history_chain_freep)
        struct history_chain *chain = history_chain_new(reader, &zone, from, &to);
        CHECK(chain);
        CHECK_INT(to, serial_of(&scene, "dyn.example"));
        CHECK(to != from);
    }
    scene_done(&scene);
}

TEST(more_changes_than_one_stretch_holds_are_caught_up_with)
{
    struct scene scene;
    scene_init(&scene, 2);
    settle(&scene);
    if (can_patch(&scene)) {
        begin_held(&scene);
        MUST(store_begin(scene.world.store, why));
        change(&scene, COME, 0);
        change(&scene, COME, 1);
        for (int i = 0; i < 2 * DELTA_ROWS_MAX; i++)
            change(&scene, TTL, (size_t)(i % 2));
        MUST(store_commit(scene.world.store, why));
        publish_late(&scene);
        int images = scene.images;
        release(&scene);
        CHECK_INT(scene.images, images + 1);
        CHECK_INT(scene.seq, newest_of(&scene));
        compare(&scene);
    }
    scene_done(&scene);
}

TEST(a_change_that_needs_another_image_waits_for_the_one_after)
{
    struct scene scene;
    scene_init(&scene, 3);
    settle(&scene);
    begin_held(&scene);
    int64_t before = newest_of(&scene);
    commit(&scene, ZONE_SET, 0);
    commit(&scene, COME, 0);
    publisher_wake(scene.publisher);
    turn(&scene);
    CHECK_INT(scene.seq, before);
    CHECK(publisher_is_rebuilding(scene.publisher));
    release(&scene);
    settle(&scene);
    CHECK_INT(scene.seq, newest_of(&scene));
    compare(&scene);
    scene_done(&scene);
}

/* The new lines take a name that changes while they are not published yet. */
TEST(a_new_image_that_cannot_have_what_the_old_one_got_is_made_again)
{
    struct scene scene;
    scene_init(&scene, 4);
    settle(&scene);
    int images = scene.images;
    if (can_patch(&scene)) {
        world_write(&scene.world, "other", "+text.dyn.example:192.0.2.3\n", 60);
        begin_held(&scene);
        commit(&scene, RECORD_COMES, 4);
        publish_late(&scene);
        uint32_t serial = serial_of(&scene, "dyn.example");
        int64_t seq = scene.seq;
        fault_arm("rebuild.hold", 2, true); /* this one goes on, the next one not */
        for (int i = 0; i < 1000 && fault_hits() == 0; i++)
            loop_turn(scene.loop, 10);
        CHECK(fault_hits() > 0);
        CHECK_INT(scene.images, images);
        commit(&scene, RECORD_COMES, 4); /* waits, or that one would not fit either */
        publisher_wake(scene.publisher);
        turn(&scene);
        CHECK_INT(scene.seq, seq);
        release(&scene);
        settle(&scene);
        CHECK_INT(scene.seq, newest_of(&scene));
        CHECK(serial_is_newer(serial_of(&scene, "dyn.example"), serial));
        scene.any_serial = true;
        compare(&scene);
        images = scene.images;
        commit(&scene, COME, 0);
        publish_late(&scene);
        CHECK_INT(scene.images, images); /* changes in place go on */
    }
    scene_done(&scene);
}

/* The zone's own serial is far behind the published one, which rises by one with each change
 * however many changes of the journal that is. */
TEST(the_serials_of_a_new_image_go_on_from_those_of_the_old_one)
{
    struct scene scene;
    struct zone_row zone;
    scene_init(&scene, 5);
    settle(&scene);
    MUST(store_begin(scene.world.store, why));
    MUST(store_zone_find(scene.world.store, scene.zones[0], &zone, why));
    zone.serial_base = 1;
    MUST(store_zone_update(scene.world.store, &zone, why));
    touch_zone(&scene, scene.zones[0], CHANGE_ZONE, NULL);
    MUST(store_commit(scene.world.store, why));
    publish(&scene);
    uint32_t first = serial_of(&scene, "dyn.example");
    CHECK(first >= 1000);
    if (can_patch(&scene)) {
        begin_held(&scene);
        for (size_t i = 0; i < 3; i++) {
            commit(&scene, COME, i);
            publish_late(&scene);
        }
        CHECK_INT(serial_of(&scene, "dyn.example"), first + 3);
        release(&scene);
        CHECK_INT(serial_of(&scene, "dyn.example"), first + 3);

        world_write(&scene.world, "other", "'extra.dyn.example:x\n", 60);
        begin_held(&scene);
        for (size_t i = 0; i < 3; i++) {
            commit(&scene, TTL, i);
            publish_late(&scene);
        }
        CHECK_INT(serial_of(&scene, "dyn.example"), first + 6);
        release(&scene);
        CHECK_INT(serial_of(&scene, "dyn.example"), first + 7);
        commit(&scene, TTL, 0);
        publish_late(&scene);
        CHECK_INT(serial_of(&scene, "dyn.example"), first + 8);
        scene.any_serial = true;
        compare(&scene);
    }
    scene_done(&scene);
}

TEST(a_rebuild_that_fails_is_told_and_changes_go_on)
{
    static const char *const points[] = { "image.write", "image.sync", "image.rename" };
    for (size_t i = 0; i < LENGTH_OF(points); i++) {
        struct scene scene;
        scene_init(&scene, 6);
        settle(&scene);
        int images = scene.images;
        fault_arm(points[i], 1, false);
        publisher_reread(scene.publisher, scene.statics, 1);
        loop_turn(scene.loop, 0);
        wait_for_build(&scene);
        CHECK_INT(fault_hits(), 1);
        fault_arm(NULL, 0, false);
        CHECK_INT(scene.failed, 1);
        CHECK(publisher_trouble(scene.publisher)[0]);
        CHECK_INT(scene.images, images);
        compare(&scene);
        commit(&scene, COME, 0);
        publish(&scene);
        CHECK_INT(scene.seq, newest_of(&scene));
        compare(&scene);
        scene.clock.now_ms += 1000; /* the next look */
        settle(&scene);
        CHECK_INT(scene.images, images + 1);
        CHECK_TEXT(publisher_trouble(scene.publisher), "");
        scene_done(&scene);
    }
}

TEST(a_stop_ends_a_rebuild_and_leaves_nothing_of_it)
{
    struct scene scene;
    char path[2 * WORLD_PATH_SIZE];
    scene_init(&scene, 7);
    settle(&scene);
    begin_held(&scene);
    publisher_stop(TAKE(scene.publisher));
    fault_arm(NULL, 0, false);
    (void)snprintf(path, sizeof(path), "%s/data.cdb.tmp", scene.world.images);
    CHECK_INT(access(path, F_OK), -1);
    (void)snprintf(path, sizeof(path), "%s/data.cdb", scene.world.images);
    CHECK_INT(access(path, F_OK), 0);
    scene_done(&scene);
}

TEST(a_reread_while_a_rebuild_runs_begins_it_anew_with_the_new_paths)
{
    struct scene scene;
    scene_init(&scene, 8);
    settle(&scene);
    int images = scene.images;
    begin_held(&scene);
    publisher_reread(scene.publisher, NULL, 0);
    fault_arm(NULL, 0, false);
    settle(&scene);
    CHECK_INT(scene.images, images + 1); /* the one that was begun is not taken */
    CHECK_INT(publisher_counts(scene.publisher)->static_records, 0);
    CHECK_INT(scene.failed, 0);
    scene_done(&scene);
}

TEST(it_is_told_how_much_of_what_a_cdb_can_hold_is_used)
{
    struct scene scene;
    scene_init(&scene, 9);
    settle(&scene);
    CHECK_INT(publisher_counts(scene.publisher)->image_percent, 0);
    fault_arm("image.size", 1, false);
    publisher_reread(scene.publisher, scene.statics, 1);
    settle(&scene);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK_INT(publisher_counts(scene.publisher)->image_percent, 99);
    scene_done(&scene);
}
#endif
