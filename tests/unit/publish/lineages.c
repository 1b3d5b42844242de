// SPDX-License-Identifier: GPL-3.0-or-later
#include "lineages.h"

#include <time.h>

#include "image/changes.h"
#include "image/draft.h"
#include "image/writer.h"
#include "publish/content.h"

enum {
    LINE_SIZE = 600
};

/* ----- the two lineages ----- */

static void note_zone(void *ctx, const struct name *zone, uint32_t serial)
{
    struct scene *scene = ctx;
    (void)serial;
    scene->images += zone == NULL;
    if (zone || !scene->probes)
        return;
    const struct image_changes none = { .node_count = 0 };
    scene->waits +=
        image_apply(publisher_writer(scene->publisher), &none, NULL, NULL) == ERR_BUSY;
}

static void note_settled(void *ctx, int64_t seq, enum status status,
                         const struct error *err)
{
    struct scene *scene = ctx;
    (void)err;
    scene->failed += status != OK;
    if (!status)
        scene->seq = seq;
}

static void note_changed(void *ctx, const struct name *zone, uint32_t serial)
{
    struct scene *scene = ctx;
    (void)zone;
    (void)serial;
    scene->changed++;
}

static enum status walk_whole(void *ctx, const struct record_sink *sink,
                              struct error *err)
{
    struct scene *scene = ctx;
    CLEANUP(image_closep) struct image *present = NULL;
    struct content_counts counts;
    enum status status = image_open(image_writer_path(scene->writer), &present, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    const struct content_options options = { .store = scene->world.store,
                                             .statics = { scene->statics, 1 },
                                             .static_serial = 100,
                                             .present = present };
    return content_walk(&options, sink, &counts, err);
}

static void rebuild(struct scene *scene)
{
    const struct image_source source = { walk_whole, scene };
    MUST(store_begin(scene->world.store, why));
    MUST(image_rebuild(scene->writer, &source, why));
    store_rollback(scene->world.store);
}

void scene_init(struct scene *scene, unsigned seed)
{
    *scene = (struct scene){ .random = seed };
    world_init(&scene->world);
    clock_manual_init(&scene->clock, 1000, 5000);
    scene->loop = loop_new(&scene->clock.clock);
    for (size_t i = 0; i < ZONES; i++)
        scene->zones[i] = world_add_zone(&scene->world, zone_names[i]);
    for (size_t i = 0; i < 2; i++)
        world_add_record(&scene->world,
                         (struct record_row){ .zone_id = scene->zones[i], .type = RR_NS },
                         zone_names[i], STR("\3ns1\7example\3net\0"));
    struct zone_row off;
    MUST(store_begin(scene->world.store, why));
    MUST(store_zone_find(scene->world.store, scene->zones[2], &off, why));
    off.state = ZONE_DISABLED;
    MUST(store_zone_update(scene->world.store, &off, why));
    MUST(store_commit(scene->world.store, why));
    world_write(&scene->world, "data",
                ".example:192.0.2.1:a.ns.example\n+shadow.dyn.example:192.0.2.9\n"
                "+w.example:192.0.2.10\n",
                100);
    scene->statics[0] = scene->world.statics;
    (void)snprintf(scene->whole, sizeof(scene->whole), "%s/whole", scene->world.folder);
    MUST(image_writer_open(scene->whole, &scene->writer, why));
    const struct publisher_options options = { .loop = scene->loop,
                                               .database = scene->world.database,
                                               .directory = scene->world.images,
                                               .statics = scene->statics,
                                               .static_count = 1,
                                               .settled = note_settled,
                                               .zone = note_zone,
                                               .changed = note_changed,
                                               .ctx = scene };
    MUST(publisher_start(&options, &scene->publisher, why));
}

void scene_done(struct scene *scene)
{
    publisher_stop(TAKE(scene->publisher));
    loop_free(TAKE(scene->loop));
    image_writer_close(TAKE(scene->writer));
    world_done(&scene->world);
}

bool can_patch(struct scene *scene)
{
    return image_writer_patches(publisher_writer(scene->publisher), NULL);
}

void wait_for_build(struct scene *scene)
{
    for (int i = 0; i < 1000 && publisher_is_rebuilding(scene->publisher); i++)
        loop_turn(scene->loop, 10);
    CHECK(!publisher_is_rebuilding(scene->publisher));
}

/* The second file has its name as soon as it is on the disk. Where there is to be none, this
 * takes a moment. */
static bool waits_for_disk(struct scene *scene)
{
    char path[2 * WORLD_PATH_SIZE];
    (void)snprintf(path, sizeof(path), "%s/data.spare.new", scene->world.images);
    return access(path, F_OK) == 0;
}

void settle(struct scene *scene)
{
    for (int i = 0; i < 200; i++) {
        scene->clock.now_ms += i < 100 ? 0 : 20;
        loop_turn(scene->loop, 0);
        wait_for_build(scene);
        for (int k = 0; k < 10000 && waits_for_disk(scene); k++) {
            scene->clock.now_ms++;
            loop_turn(scene->loop, 0);
            (void)usleep(100);
        }
    }
}

void publish(struct scene *scene)
{
    publisher_wake(scene->publisher);
    settle(scene);
}

void publish_late(struct scene *scene)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    int64_t newest = 0;
    MUST(store_newest_seq(scene->world.store, &newest, why));
    publisher_wake(scene->publisher);
    for (int i = 0; i < 5000 && scene->seq < newest; i++) {
        scene->clock.now_ms++;
        loop_turn(scene->loop, 0);
        (void)nanosleep(&pause, NULL);
    }
    CHECK_INT(scene->seq, newest);
}

/* ----- comparison ----- */

enum status note_line(void *ctx, const struct record *record)
{
    struct lines *lines = ctx;
    char text[LINE_SIZE];
    struct buf out = buf_on(text, sizeof(text));
    CHECK(lines->count < LINES_MAX);
    buf_printf(&out, "%s%s %u %lu ", record->wildcard ? "*." : "",
               name_text(&record->owner), (unsigned)record->type,
               (unsigned long)record->ttl_s);
    for (size_t i = 0; i < record->rdata.n && out.n + 4 < sizeof(text); i++)
        buf_printf(&out, "%02x", (unsigned)(uint8_t)record->rdata.at[i]);
    lines->at[lines->count++] = mem_copy_text(buf_text(&out));
    return OK;
}

int compare_lines(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static enum status note_but_soa(void *ctx, const struct record *record)
{
    return record->type == RR_SOA ? OK : note_line(ctx, record);
}

static void read_lines(const struct scene *scene, const struct image *image,
                       struct lines *lines)
{
    lines->count = 0;
    CHECK_INT(image_walk(image, scene->any_serial ? note_but_soa : note_line, lines), OK);
    qsort(lines->at, lines->count, sizeof(char *), compare_lines);
}

void free_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        mem_free(lines->at[i]);
}

static void compare_name(const struct image *a, const struct image *b, const char *text)
{
    for (struct name name = name_of(text); name.n > 1;) {
        struct str bytes = name_bytes(&name);
        if (image_name_exists(a, NULL, bytes) != image_name_exists(b, NULL, bytes) ||
            image_wildcard_exists(a, NULL, bytes) !=
                image_wildcard_exists(b, NULL, bytes))
            fail_msg("%s exists in one image alone", name_text(&name));
        struct name parent;
        name_parent(&name, &parent);
        name = parent;
    }
}

static void compare_notes(const struct image *a, const struct image *b)
{
    static const char *const zones[] = { "dyn.example", "sub.dyn.example", "example" };
    for (size_t i = 0; i < LENGTH_OF(zones); i++) {
        struct name name = name_of(zones[i]);
        struct str x, y;
        CHECK(image_note(a, &name, &x));
        CHECK(image_note(b, &name, &y));
        CHECK(str_equal(x, y));
    }
}

void compare(struct scene *scene)
{
    static struct lines patched, whole;
    CLEANUP(image_closep) struct image *a = NULL;
    CLEANUP(image_closep) struct image *b = NULL;
    rebuild(scene);
    MUST(image_open(image_writer_path(publisher_writer(scene->publisher)), &a, why));
    MUST(image_open(image_writer_path(scene->writer), &b, why));
    read_lines(scene, a, &patched);
    read_lines(scene, b, &whole);
    for (size_t i = 0; i < patched.count && i < whole.count; i++)
        CHECK_TEXT(patched.at[i], whole.at[i]);
    CHECK_INT(patched.count, whole.count);
    free_lines(&patched);
    free_lines(&whole);
    for (size_t i = 0; i < HOSTS; i++)
        compare_name(a, b, host_names[i]);
    for (size_t i = 0; i < OWNERS; i++)
        compare_name(a, b, owners[i].name);
    compare_notes(a, b);
}
