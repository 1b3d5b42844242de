// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/hook.h"

#include <signal.h>

#include "net/loop.h"
#include "world.h"

enum {
    TURNS_MAX = 2000,
    TURN_MS = 10,
    SCRIPT_SIZE = 512
};

/* A hook on a clock that the test moves; its child lives in real time. */
struct scene {
    struct clock_manual clock;
    struct loop *loop;
    struct hook *hook;
    char folder[64], script[SCRIPT_SIZE], output[128];
    char *argv[4];
    int ended, failed;
    int64_t seq;
    char why[ERROR_TEXT_SIZE];
};

static void note_end(void *ctx, int64_t seq, const char *why)
{
    struct scene *scene = ctx;
    scene->ended++;
    scene->failed += why != NULL;
    scene->seq = seq;
    (void)snprintf(scene->why, sizeof(scene->why), "%s", why ? why : "");
}

static void take_signal(void *ctx, int number)
{
    const struct scene *scene = ctx;
    if (number == SIGCHLD)
        hook_reap(scene->hook);
}

/* `script` is for sh, with $0 the path of an output file. */
static void scene_init(struct scene *scene, const char *script)
{
    *scene = (struct scene){ .folder = "/tmp/rove-hook-XXXXXX" };
    CHECK(mkdtemp(scene->folder));
    (void)snprintf(scene->output, sizeof(scene->output), "%s/output", scene->folder);
    (void)snprintf(scene->script, sizeof(scene->script), "%s", script);
    clock_manual_init(&scene->clock, 1000, 5000);
    scene->loop = loop_new(&scene->clock.clock);
    MUST(loop_signals(scene->loop, take_signal, scene, why));
    static char sh[] = "/bin/sh", option[] = "-c";
    scene->argv[0] = sh;
    scene->argv[1] = option;
    scene->argv[2] = scene->script;
    scene->argv[3] = NULL;
    const struct hook_options options = { .loop = scene->loop,
                                          .argv = scene->argv,
                                          .timeout_ms = 60000,
                                          .image = "/an/image",
                                          .text = scene->output,
                                          .ended = note_end,
                                          .ctx = scene };
    scene->hook = hook_new(&options);
}

static void scene_done(struct scene *scene)
{
    hook_free(scene->hook);
    loop_free(scene->loop);
    CHECK_INT(nftw(scene->folder, remove_path, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void wait_for_end(struct scene *scene, int count)
{
    for (int i = 0; i < TURNS_MAX && scene->ended < count; i++)
        loop_turn(scene->loop, TURN_MS);
    CHECK_INT(scene->ended, count);
}

/* What the script has written; the caller frees it. */
static char *read_output(const struct scene *scene)
{
    char *text = NULL;
    size_t n = 0;
    MUST(file_read(scene->output, 65536, &text, &n, why));
    return text;
}

/* Turns the loop until the script has written something. */
static void wait_for_output(const struct scene *scene)
{
    for (int i = 0; i < TURNS_MAX && access(scene->output, F_OK); i++)
        loop_turn(scene->loop, TURN_MS);
    CHECK_INT(access(scene->output, F_OK), 0);
}

TEST(the_command_runs_with_what_was_published_in_its_environment)
{
    struct scene scene;
    scene_init(&scene, "echo $ROVE_SEQ $ROVE_IMAGE > $ROVE_TEXT");
    CHECK_INT(hook_state(scene.hook).seq, -1);
    hook_run(scene.hook, 42);
    wait_for_end(&scene, 1);
    CHECK_INT(scene.failed, 0);
    CHECK_INT(scene.seq, 42);
    CHECK_INT(hook_state(scene.hook).seq, 42);
    CLEANUP(mem_freep) char *text = read_output(&scene);
    CHECK_TEXT(text, "42 /an/image\n");
    scene_done(&scene);
}

TEST(what_is_published_during_a_run_leads_to_one_more)
{
    struct scene scene;
    scene_init(&scene, "echo $ROVE_SEQ >> $ROVE_TEXT; [ $ROVE_SEQ != 1 ] || read x < "
                       "$ROVE_TEXT.go");
    char go[160];
    (void)snprintf(go, sizeof(go), "%s.go", scene.output);
    CHECK_INT(mkfifo(go, 0600), 0);
    hook_run(scene.hook, 1);
    wait_for_output(&scene);
    CHECK(hook_state(scene.hook).runs);
    for (int seq = 2; seq <= 5; seq++)
        hook_run(scene.hook, seq);
    int fd = open(go, O_RDWR | O_CLOEXEC); /* waits for nobody */
    CHECK(fd >= 0 && write(fd, "x\n", 2) == 2);
    wait_for_end(&scene, 2);
    file_close(fd);
    for (int i = 0; i < 3; i++)
        loop_turn(scene.loop, 0);
    CLEANUP(mem_freep) char *text = read_output(&scene);
    CHECK_TEXT(text, "1\n5\n");
    CHECK_INT(hook_state(scene.hook).seq, 5);
    scene_done(&scene);
}

TEST(a_failure_is_told_with_the_last_line_and_tried_again)
{
    struct scene scene;
    scene_init(&scene,
               "[ -e $ROVE_TEXT ] && exit 0; echo first >&2; printf 'no  way' >&2; "
               "exit 7");
    hook_run(scene.hook, 3);
    wait_for_end(&scene, 1);
    CHECK_TEXT(scene.why, "exit code 7: no  way");
    CHECK_INT(hook_state(scene.hook).failures, 1);
    scene.clock.now_ms += 999;
    hook_run(scene.hook, 4); /* does not hasten the next try */
    for (int i = 0; i < 3; i++)
        loop_turn(scene.loop, 0);
    CHECK(!hook_state(scene.hook).runs);
    scene.clock.now_ms += 1;
    wait_for_end(&scene, 2);
    CHECK_INT(scene.failed, 2);
    CHECK_INT(scene.seq, 4);
    scene.clock.now_ms += 1999;
    for (int i = 0; i < 3; i++)
        loop_turn(scene.loop, 0);
    CHECK(!hook_state(scene.hook).runs);

    MUST(file_replace(scene.output, STR("there"), 0644, why));
    scene.clock.now_ms += 1;
    wait_for_end(&scene, 3);
    CHECK_INT(scene.failed, 2);
    CHECK_INT(hook_state(scene.hook).failures, 0);
    CHECK_INT(hook_state(scene.hook).seq, 4);
    scene_done(&scene);
}

TEST(a_command_that_takes_too_long_is_killed_with_what_it_started)
{
    struct scene scene;
    scene_init(&scene, "trap '' TERM; sleep 1000 & echo $! > $ROVE_TEXT.pid; mv "
                       "$ROVE_TEXT.pid $ROVE_TEXT; while :; do sleep 1000; done");
    hook_run(scene.hook, 1);
    wait_for_output(&scene);
    scene.clock.now_ms += 60000;
    loop_turn(scene.loop, 0);
    CHECK_INT(scene.ended, 0); /* it does not heed SIGTERM */
    scene.clock.now_ms += 2000;
    wait_for_end(&scene, 1);
    CHECK_TEXT(scene.why, "killed after 60 s");
    CLEANUP(mem_freep) char *text = read_output(&scene);
    uint64_t pid = 0;
    CHECK_INT(str_to_u64(str_trim(str_from(text)), INT32_MAX, &pid), OK);
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    for (int i = 0; i < TURNS_MAX; i++) {
        char *stat = NULL;
        size_t n = 0;
        bool gone = file_read(path, 4096, &stat, &n, NULL) != OK || strstr(stat, ") Z");
        mem_free(stat);
        if (gone)
            break;
        CHECK(i + 1 < TURNS_MAX);
        loop_turn(scene.loop, TURN_MS);
    }
    scene_done(&scene);
}

TEST(a_program_that_does_not_exist_is_a_failure_too)
{
    struct scene scene;
    static char none[] = "/nonexistent/program";
    scene_init(&scene, "");
    scene.argv[0] = none;
    hook_run(scene.hook, 1);
    wait_for_end(&scene, 1);
    CHECK(strstr(scene.why, none));
    CHECK_INT(scene.failed, 1);
    scene_done(&scene);
}

TEST(a_run_ends_as_it_began_when_the_options_change)
{
    struct scene scene;
    static char next[] = "echo next $ROVE_SEQ >> $ROVE_TEXT";
    scene_init(&scene, "echo begun > $ROVE_TEXT; while test ! -e $ROVE_TEXT.go; do"
                       " sleep 0.01; done; echo ended >> $ROVE_TEXT");
    hook_run(scene.hook, 1);
    wait_for_output(&scene);
    scene.argv[2] = next;
    const struct hook_options options = { .loop = scene.loop,
                                          .argv = scene.argv,
                                          .timeout_ms = 60000,
                                          .text = scene.output,
                                          .ended = note_end,
                                          .ctx = &scene };
    hook_set(scene.hook, &options);
    hook_run(scene.hook, 2);
    CHECK(hook_state(scene.hook).runs);
    char go[sizeof(scene.output) + 4];
    (void)snprintf(go, sizeof(go), "%s.go", scene.output);
    MUST(file_replace(go, STR(""), 0644, why));
    wait_for_end(&scene, 2);
    CHECK_INT(scene.failed, 0);
    CLEANUP(mem_freep) char *text = read_output(&scene);
    CHECK_TEXT(text, "begun\nended\nnext 2\n");
    scene_done(&scene);
}

TEST(without_a_command_nothing_is_run_and_what_runs_ends)
{
    struct scene scene;
    scene_init(&scene, "echo > $ROVE_TEXT; while test ! -e $ROVE_TEXT.go; do sleep 0.01;"
                       " done; exit 1");
    hook_run(scene.hook, 1);
    wait_for_output(&scene);
    const struct hook_options options = { .loop = scene.loop,
                                          .timeout_ms = 60000,
                                          .text = scene.output,
                                          .ended = note_end,
                                          .ctx = &scene };
    hook_set(scene.hook, &options);
    hook_run(scene.hook, 2);
    char go[sizeof(scene.output) + 4];
    (void)snprintf(go, sizeof(go), "%s.go", scene.output);
    MUST(file_replace(go, STR(""), 0644, why));
    wait_for_end(&scene, 1);
    loop_turn(scene.loop, 0);
    CHECK(!hook_state(scene.hook).runs);
    CHECK_INT(scene.ended, 1);
    scene_done(&scene);
}

TEST(a_hook_that_goes_away_takes_its_run_along)
{
    struct scene scene;
    scene_init(&scene, "echo > $ROVE_TEXT; sleep 1000");
    hook_run(scene.hook, 1);
    wait_for_output(&scene);
    CHECK(hook_state(scene.hook).runs);
    scene_done(&scene); /* waits for the child */
}
