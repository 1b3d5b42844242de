// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/text.h"

#include "world.h"

#ifdef ROVE_FAULTS
#include "base/fault.h"
#endif

/* A world with one zone and one host, and where the fragment goes. */
struct scene {
    struct world world;
    int64_t zone_id;
    char path[2 * WORLD_PATH_SIZE];
};

static void add_host(struct scene *scene, const char *name, const char *v6)
{
    struct host_row host =
        world_host(&scene->world, scene->zone_id, name, "192.0.2.1", v6);
    host.last_change = world_change(&scene->world);
    world_insert_host(&scene->world, &host);
}

static void scene_init(struct scene *scene)
{
    world_init(&scene->world);
    scene->zone_id = world_add_zone(&scene->world, "dyn.example");
    (void)snprintf(scene->path, sizeof(scene->path), "%s/rove.data", scene->world.folder);
    add_host(scene, "a.dyn.example", "2001:db8::1");
}

static enum status write_text(const struct scene *scene, bool *changed, struct error *err)
{
    const char *const statics[] = { scene->world.statics };
    const struct content_options content = { .store = scene->world.store,
                                             .statics = { statics, 1 },
                                             .static_serial = 1 };
    MUST(store_begin(scene->world.store, why));
    enum status status = text_write(scene->path, &content, changed, err);
    store_rollback(scene->world.store);
    return status;
}

/* The caller frees it. */
static char *read_text(const struct scene *scene)
{
    char *text = NULL;
    size_t n = 0;
    MUST(file_read(scene->path, 65536, &text, &n, why));
    return text;
}

TEST(the_zones_of_the_database_are_written_and_no_static_line)
{
    struct scene scene;
    bool changed = false;
    scene_init(&scene);
    world_write(&scene.world, "data", "+www.example:192.0.2.9\n", 100);
    MUST(write_text(&scene, &changed, why));
    CHECK(changed);
    CLEANUP(mem_freep) char *text = read_text(&scene);
    CHECK(strstr(text, "\n+a.dyn.example:192.0.2.1:"));
    CHECK(strstr(text, "\n:a.dyn.example:28: \\001\\015\\270"));
    CHECK(strstr(text, "\nZdyn.example:ns1.example.net.:hostmaster.example.net.:"));
    CHECK(!strstr(text, "www.example"));
    CHECK(text[0] == '#' && text[strlen(text) - 1] == '\n');
    world_done(&scene.world);
}

TEST(a_name_that_the_operators_lines_have_is_left_out)
{
    struct scene scene;
    bool changed = false;
    scene_init(&scene);
    add_host(&scene, "b.dyn.example", NULL);
    world_write(&scene.world, "data", "+a.dyn.example:192.0.2.9\n", 100);
    MUST(write_text(&scene, &changed, why));
    CLEANUP(mem_freep) char *text = read_text(&scene);
    CHECK(strstr(text, "+b.dyn.example"));
    CHECK(!strstr(text, "a.dyn.example"));
    world_done(&scene.world);
}

TEST(the_same_lines_leave_the_file_alone)
{
    struct scene scene;
    struct stat before, after;
    bool changed = false;
    scene_init(&scene);
    MUST(write_text(&scene, &changed, why));
    CHECK_INT(stat(scene.path, &before), 0);
    MUST(write_text(&scene, &changed, why));
    CHECK(!changed);
    CHECK_INT(stat(scene.path, &after), 0);
    CHECK_INT(after.st_ino, before.st_ino);
    add_host(&scene, "b.dyn.example", NULL);
    MUST(write_text(&scene, &changed, why));
    CHECK(changed);
    world_done(&scene.world);
}

static bool has_temporary(const struct scene *scene)
{
    char path[2 * WORLD_PATH_SIZE + 8];
    (void)snprintf(path, sizeof(path), "%s.tmp", scene->path);
    return access(path, F_OK) == 0;
}

TEST(a_fragment_without_a_folder_is_an_error_that_names_it)
{
    struct scene scene;
    struct error err = { .text = "" };
    bool changed = false;
    scene_init(&scene);
    (void)snprintf(scene.path, sizeof(scene.path), "%s/none/rove.data",
                   scene.world.folder);
    CHECK_INT(write_text(&scene, &changed, &err), ERR_IO);
    CHECK(strstr(err.text, scene.path));
    world_done(&scene.world);
}

TEST(an_error_of_the_content_keeps_the_old_fragment)
{
    struct scene scene;
    struct error err = { .text = "" };
    bool changed = false;
    scene_init(&scene);
    MUST(write_text(&scene, &changed, why));
    CLEANUP(mem_freep) char *before = read_text(&scene);
    add_host(&scene, "b.dyn.example", NULL);
    world_write(&scene.world, "data", "+bad\n", 100);
    CHECK_INT(write_text(&scene, &changed, &err), ERR_SYNTAX);
    CHECK(strstr(err.text, "data:1"));
    CLEANUP(mem_freep) char *after = read_text(&scene);
    CHECK_TEXT(after, before);
    CHECK(!has_temporary(&scene));
    world_done(&scene.world);
}

#ifdef ROVE_FAULTS
TEST(a_disk_that_fails_keeps_the_old_fragment)
{
    static const char *const points[] = { "text.write", "text.rename" };
    for (size_t i = 0; i < LENGTH_OF(points); i++) {
        struct scene scene;
        struct error err = { .text = "" };
        bool changed = false;
        scene_init(&scene);
        MUST(write_text(&scene, &changed, why));
        CLEANUP(mem_freep) char *before = read_text(&scene);
        add_host(&scene, "b.dyn.example", NULL);
        fault_arm(points[i], 1, false);
        CHECK_INT(write_text(&scene, &changed, &err), ERR_IO);
        CHECK_INT(fault_hits(), 1);
        fault_arm(NULL, 0, false);
        CLEANUP(mem_freep) char *after = read_text(&scene);
        CHECK_TEXT(after, before);
        CHECK(!has_temporary(&scene));
        MUST(write_text(&scene, &changed, why));
        CHECK(changed);
        world_done(&scene.world);
    }
}
#endif
