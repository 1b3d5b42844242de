// SPDX-License-Identifier: GPL-3.0-or-later
/* Changes of single names against whole images. */
#include "publish/delta.h"

#include "image/history.h"
#include "lineages.h"

#ifdef ROVE_FAULTS
#include "base/fault.h"
#include "image/writer.h"
#endif

/* ----- history ----- */

/* What a secondary has of a zone. */
struct copy {
    struct lines lines;
    uint32_t serial;
    bool brings; /* the second half of a step: what comes */
};

static enum status note_zone_line(void *ctx, const struct record *record)
{
    struct copy *copy = ctx;
    struct soa soa;
    if (record->type != RR_SOA)
        return note_line(&copy->lines, record);
    CHECK_INT(soa_decode(record->rdata, &soa), OK);
    copy->serial = soa.serial;
    return OK;
}

static void transfer(struct scene *scene, const struct name *zone, struct copy *out)
{
    CLEANUP(image_closep) struct image *image = NULL;
    MUST(image_open(image_writer_path(publisher_writer(scene->publisher)), &image, why));
    out->lines.count = 0;
    CHECK_INT(image_walk_zone(image, zone, note_zone_line, out), OK);
    qsort(out->lines.at, out->lines.count, sizeof(char *), compare_lines);
}

static void take_away(struct copy *copy, const struct record *record)
{
    static struct lines one;
    size_t i = 0;
    one.count = 0;
    CHECK_INT(note_line(&one, record), OK);
    while (i < copy->lines.count && strcmp(copy->lines.at[i], one.at[0]) != 0)
        i++;
    CHECK(i < copy->lines.count); /* what goes was there */
    mem_free(copy->lines.at[i]);
    copy->lines.at[i] = copy->lines.at[--copy->lines.count];
    free_lines(&one);
}

static void take_serial(void *ctx, uint32_t serial)
{
    struct copy *copy = ctx;
    copy->brings = !copy->brings;
    if (!copy->brings)
        CHECK_INT(copy->serial, serial);
    copy->serial = serial;
}

static void take_record(void *ctx, const struct record *record)
{
    struct copy *copy = ctx;
    if (copy->brings)
        CHECK_INT(note_line(&copy->lines, record), OK);
    else
        take_away(copy, record);
}

/* Brings the copy up to date by the history alone; false: there is none. */
static bool follow(struct scene *scene, const struct name *zone, struct copy *copy)
{
    CLEANUP(history_reader_freep)
    struct history_reader *reader = history_reader_new(scene->world.images);
    uint32_t to = 0;
    CLEANUP(history_chain_freep)
    struct history_chain *chain = history_chain_new(reader, zone, copy->serial, &to);
    const struct history_sink sink = { take_serial, take_record, copy };
    if (!chain)
        return false;
    copy->brings = true;
    while (history_chain_next(chain, &sink) == OK)
        ;
    CHECK_INT(copy->serial, to);
    qsort(copy->lines.at, copy->lines.count, sizeof(char *), compare_lines);
    return true;
}

TEST(the_history_leads_from_each_image_to_the_next)
{
    static const enum what all[] = { ADDRESSES, ADDRESSES, STATE,        WILDCARD,
                                     TTL,       COME,      RECORD_COMES, RECORD_COMES,
                                     GO,        TOKEN };
    static struct copy copy, now;
    struct scene scene;
    const struct name zone = name_of("dyn.example");
    int followed = 0;
    scene_init(&scene, 77);
    settle(&scene);
    transfer(&scene, &zone, &copy);
    for (int i = 0; i < 80; i++) {
        MUST(store_begin(scene.world.store, why));
        for (unsigned n = 1 + pick(&scene, 4); n > 0; n--)
            change(&scene, all[pick(&scene, LENGTH_OF(all))], pick(&scene, 100));
        MUST(store_commit(scene.world.store, why));
        publish(&scene);
        transfer(&scene, &zone, &now);
        if (pick(&scene, 3) == 0) { /* a secondary that is late */
            free_lines(&now.lines);
            continue;
        }
        bool is_new = copy.serial != now.serial;
        if (follow(&scene, &zone, &copy)) {
            followed += is_new;
            CHECK_INT(copy.serial, now.serial);
            CHECK_INT(copy.lines.count, now.lines.count);
            for (size_t k = 0; k < now.lines.count; k++)
                CHECK_TEXT(copy.lines.at[k], now.lines.at[k]);
        }
        free_lines(&copy.lines);
        transfer(&scene, &zone, &copy);
        free_lines(&now.lines);
    }
    free_lines(&copy.lines);
    CHECK(followed > 20 || !can_patch(&scene));
    scene_done(&scene);
}

/* ----- the tests ----- */

/* ----- changes ----- */

TEST(each_kind_of_change_gives_the_image_that_a_whole_one_would_be)
{
    static const struct {
        enum what what;
        size_t at;
        int images, changed;
    } rows[] = {
        { COME, 0, 0, 1 },         { ADDRESSES, 0, 0, 1 },    { TTL, 0, 0, 1 },
        { WILDCARD, 0, 0, 1 },     { STATE, 0, 0, 1 },        { ADDRESSES, 0, 0, 1 },
        { RECORD_COMES, 0, 0, 1 }, { RECORD_COMES, 1, 0, 1 }, { STATE, 0, 0, 1 },
        { STATE, 0, 0, 1 },        { WILDCARD, 0, 0, 1 },     { RECORD_GOES, 0, 0, 1 },
        { COME, 3, 0, 1 },         { COME, 4, 0, 1 },         { GO, 4, 0, 1 },
        { RECORD_COMES, 5, 0, 1 }, { RECORD_GOES, 5, 0, 1 },  { GO, 3, 0, 1 },
        { COME, 5, 0, 1 },         { ADDRESSES, 5, 0, 1 },    { RECORD_COMES, 3, 0, 1 },
        { GO, 5, 0, 1 },           { RECORD_COMES, 6, 0, 1 }, { RECORD_COMES, 7, 0, 1 },
        { RECORD_GOES, 7, 0, 1 },  { COME, 8, 0, 1 },         { COME, 11, 0, 0 },
        { ADDRESSES, 11, 0, 0 },   { GO, 11, 0, 0 },          { TOKEN, 0, 0, 0 },
        { GO, 0, 0, 1 },           { ZONE_SET, 0, 1, 0 },     { ADDRESSES, 8, 0, 1 },
    };
    struct scene scene;
    scene_init(&scene, 1);
    settle(&scene);
    CHECK_INT(scene.images, 1);
    bool patches = can_patch(&scene);
    int more = 0;
    compare(&scene);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int images = scene.images, changed = scene.changed;
        commit(&scene, rows[i].what, rows[i].at);
        publish(&scene);
        compare(&scene);
        if (patches && (scene.images - images < rows[i].images ||
                        scene.changed - changed != rows[i].changed))
            fail_msg("row %zu: %d whole images, %d zones", i, scene.images - images,
                     scene.changed - changed);
        more += scene.images - images - rows[i].images;
    }
    CHECK(more <= 3 || !patches); /* for want of room in so small an image */
    scene_done(&scene);
}

static void run_random(unsigned seed, int rounds)
{
    static const enum what all[] = { ADDRESSES,    ADDRESSES,    STATE,       WILDCARD,
                                     TTL,          COME,         COME,        GO,
                                     RECORD_COMES, RECORD_COMES, RECORD_GOES, TOKEN };
    struct scene scene;
    scene_init(&scene, seed);
    settle(&scene);
    for (int i = 0; i < rounds; i++) {
        MUST(store_begin(scene.world.store, why));
        for (unsigned n = 1 + pick(&scene, 8); n > 0; n--)
            change(&scene, all[pick(&scene, LENGTH_OF(all))], pick(&scene, 100));
        if (pick(&scene, 25) == 0)
            change(&scene, ZONE_SET, pick(&scene, ZONES));
        MUST(store_commit(scene.world.store, why));
        publish(&scene);
        compare(&scene);
    }
    CHECK(scene.changed > rounds / 2 || !can_patch(&scene));
    scene_done(&scene);
}

TEST(whatever_is_changed_the_image_is_what_a_whole_one_would_be)
{
    for (unsigned seed = 1; seed <= 4; seed++)
        run_random(seed, 60);
}

TEST(counts_follow_the_hosts)
{
    struct scene scene;
    scene_init(&scene, 3);
    settle(&scene);
    for (size_t i = 0; i < HOSTS; i++)
        commit(&scene, COME, i);
    publish(&scene);
    CHECK_INT(publisher_counts(scene.publisher)->hosts, HOSTS - 2);
    CHECK_INT(publisher_counts(scene.publisher)->hosts_shadowed, 1);
    CHECK_TEXT(publisher_counts(scene.publisher)->shadowed_example, "shadow.dyn.example");
    commit(&scene, GO, 5);
    commit(&scene, GO, 0);
    commit(&scene, GO, 11);
    publish(&scene);
    CHECK_INT(publisher_counts(scene.publisher)->hosts, HOSTS - 3);
    CHECK_INT(publisher_counts(scene.publisher)->hosts_shadowed, 0);
    scene_done(&scene);
}

static enum status pass_over(void *ctx, const struct record *record, struct error *err)
{
    (void)ctx;
    (void)record;
    (void)err;
    return OK;
}

/* Reads on from the row `known`, with the ground of an image of now. */
static enum status read_on(struct scene *scene, const struct change_row *known,
                           struct delta **out)
{
    struct content_ground ground = { .zones = NULL };
    struct content_counts counts;
    struct error err;
    const struct record_sink sink = { .record = pass_over };
    MUST(store_begin(scene->world.store, why));
    const struct content_options content = { .store = scene->world.store };
    MUST(content_learn(&content, &sink, &counts, &ground, why));
    const struct delta_options options = { scene->world.store, &ground, known };
    enum status status = delta_read(&options, out, &err);
    store_rollback(scene->world.store);
    content_ground_done(&ground);
    return status;
}

TEST(a_journal_that_is_not_the_one_that_was_left_needs_a_whole_image)
{
    static const struct {
        int64_t seq, id, time_s;
        enum status status;
        int64_t newest;
    } rows[] = {
        { 0, 0, 0, OK, 5 },           /* an image of an empty journal */
        { 3, 1, 1, OK, 5 },           /* goes on */
        { 5, 1, 1, OK, 5 },           /* nothing new */
        { 3, 2, 1, ERR_LIMIT, 0 },    /* another row of that number */
        { 3, 1, 2, ERR_LIMIT, 0 },    /* likewise */
        { 6, 1, 1, ERR_LIMIT, 0 },    /* the journal fell behind */
        { 1000, 1, 1, ERR_LIMIT, 0 }, /* likewise */
    };
    struct scene scene;
    scene_init(&scene, 5);
    for (int i = 0; i < 5; i++)
        commit(&scene, TOKEN, 0);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(delta_freep) struct delta *delta = NULL;
        const struct change_row known = { .seq = rows[i].seq,
                                          .kind = CHANGE_TOKEN,
                                          .id = rows[i].id,
                                          .time_s = rows[i].time_s };
        CHECK_INT(read_on(&scene, &known, &delta), rows[i].status);
        if (rows[i].status)
            continue;
        CHECK_INT(delta_newest(delta)->seq, rows[i].newest);
        CHECK_INT(delta_changes(delta)->node_count, 0);
        CHECK(!delta_is_full(delta));
    }
    scene_done(&scene);
}

TEST(rows_that_were_trimmed_too_early_need_a_whole_image)
{
    struct scene scene;
    struct delta *delta = NULL;
    size_t removed = 0;
    scene_init(&scene, 5);
    for (int i = 0; i < 5; i++)
        commit(&scene, TOKEN, 0);
    MUST(store_begin(scene.world.store, why));
    MUST(store_change_trim(scene.world.store, 3, INT64_MAX, 100, &removed, why));
    MUST(store_commit(scene.world.store, why));
    CHECK_INT(removed, 2);
    const struct change_row gone = {
        .seq = 1, .kind = CHANGE_TOKEN, .id = 1, .time_s = 1
    };
    const struct change_row none = { .seq = 0 };
    const struct change_row kept = {
        .seq = 3, .kind = CHANGE_TOKEN, .id = 1, .time_s = 1
    };
    CHECK_INT(read_on(&scene, &gone, &delta), ERR_LIMIT);
    CHECK_INT(read_on(&scene, &none, &delta), ERR_LIMIT);
    CHECK_INT(read_on(&scene, &kept, &delta), OK);
    delta_free(delta);
    scene_done(&scene);
}

TEST(many_changes_come_in_stretches_and_end_as_a_whole_image_would)
{
    struct scene scene;
    scene_init(&scene, 9);
    settle(&scene);
    MUST(store_begin(scene.world.store, why));
    change(&scene, COME, 0);
    change(&scene, COME, 1);
    for (int i = 0; i < DELTA_ROWS_MAX; i++)
        change(&scene, TTL, (size_t)(i % 2));
    change(&scene, ADDRESSES, 0);
    MUST(store_commit(scene.world.store, why));
    publish(&scene);
    CHECK(scene.images == 1 || !can_patch(&scene));
    compare(&scene);
    scene_done(&scene);
}

TEST(a_delegation_that_changes_at_the_apex_of_a_zone_needs_a_whole_image)
{
    struct scene scene;
    scene_init(&scene, 2);
    settle(&scene);
    int images = scene.images;
    world_add_record(&scene.world,
                     (struct record_row){ .zone_id = scene.zones[0], .type = RR_NS },
                     "sub.dyn.example", STR("\3ns2\7example\3net\0"));
    struct name owner = name_of("sub.dyn.example");
    MUST(store_begin(scene.world.store, why));
    touch_zone(&scene, scene.zones[0], CHANGE_RRSET, &owner);
    MUST(store_commit(scene.world.store, why));
    publish(&scene);
    CHECK_INT(scene.images, images + 1);
    compare(&scene);
    scene_done(&scene);
}

TEST(a_reader_that_keeps_a_file_open_does_not_hold_up_the_changes)
{
    struct scene scene;
    char path[2 * WORLD_PATH_SIZE];
    scene_init(&scene, 4);
    settle(&scene);
    commit(&scene, COME, 0);
    publish(&scene);
    (void)snprintf(path, sizeof(path), "%s/data.spare", scene.world.images);
    int held[4];
    for (size_t i = 0; i < LENGTH_OF(held); i++) {
        held[i] = open(path, O_RDONLY | O_CLOEXEC);
        CHECK(held[i] >= 0 || !can_patch(&scene));
        commit(&scene, ADDRESSES, 0);
        publish_late(&scene);
        compare(&scene);
    }
    CHECK(scene.images == 1 || !can_patch(&scene));
    for (size_t i = 0; i < LENGTH_OF(held); i++)
        file_close(held[i]);
    scene_done(&scene);
}

TEST(an_error_in_a_static_file_does_not_hold_up_the_hosts)
{
    struct scene scene;
    scene_init(&scene, 6);
    settle(&scene);
    if (can_patch(&scene)) {
        world_write(&scene.world, "other", "+bad\n", 101);
        settle(&scene);
        CHECK(strstr(publisher_trouble(scene.publisher), "other:1: "));
        CHECK_INT(scene.images, 1);
        commit(&scene, COME, 0);
        commit(&scene, ADDRESSES, 0);
        int64_t newest = 0;
        MUST(store_newest_seq(scene.world.store, &newest, why));
        publish(&scene);
        CHECK_INT(scene.seq, newest);
        CHECK(scene.changed > 0);
        CHECK(strstr(publisher_trouble(scene.publisher), "other:1: "));
        world_write(&scene.world, "other", "+good.example:192.0.2.77\n", 102);
        settle(&scene);
        CHECK_INT(scene.images, 2);
        CHECK_TEXT(publisher_trouble(scene.publisher), "");
    }
    scene_done(&scene);
}

TEST(the_first_image_comes_soonest_and_one_beside_it_takes_changes_at_once)
{
    struct scene scene;
    scene_init(&scene, 6);
    scene.probes = true;
    settle(&scene);
    CHECK_INT(scene.images, 1);
    CHECK_INT(scene.waits, can_patch(&scene));
    world_write(&scene.world, "other", "+more.example:192.0.2.77\n", 103);
    settle(&scene);
    CHECK_INT(scene.images, 2);
    CHECK_INT(scene.waits, can_patch(&scene));
    commit(&scene, ZONE_SET, 0); /* what waits is not to wait for a copy too */
    publish(&scene);
    CHECK_INT(scene.images, 3);
    CHECK_INT(scene.waits, 2 * can_patch(&scene));
    scene_done(&scene);
}

#ifdef ROVE_FAULTS
TEST(trouble_with_the_files_of_the_image_keeps_no_change_from_being_published)
{
    static const struct {
        const char *point;
        bool early; /* while the spare file is made */
        int images;
    } rows[] = { { "image.exchange", false, 2 },
                 { "image.copy", true, 2 },
                 { "image.lease", false, 1 },
                 { "history.write", false, 1 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct scene scene;
        scene_init(&scene, 8);
        if (rows[i].early)
            fault_arm(rows[i].point, 1, false);
        settle(&scene);
        if (!rows[i].early)
            fault_arm(rows[i].point, 1, false);
        commit(&scene, COME, 0);
        publish_late(&scene);
        compare(&scene);
        if (can_patch(&scene)) {
            CHECK(fault_hits() > 0);
            CHECK_INT(scene.images, rows[i].images);
        }
        fault_arm(NULL, 0, false);
        scene_done(&scene);
    }
}
#endif
