// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

enum {
    LOG_MAX = 64
};

struct life {
    pid_t pid;
    bool started;
    int wait_status;
    int64_t at_ms;
};

/* A group on a clock that is set by hand; the children are real. */
struct world {
    struct clock_manual clock;
    struct loop *loop;
    struct process_group *group;
    struct life log[LOG_MAX];
    size_t count;
    bool done;
};

static void note(void *ctx, const char *name, pid_t pid, bool started, int wait_status)
{
    struct world *world = ctx;
    CHECK_TEXT(name, "child");
    CHECK(world->count < LOG_MAX);
    world->log[world->count++] =
        (struct life){ pid, started, wait_status, loop_now_ms(world->loop) };
}

static void reap(void *ctx, int number)
{
    struct world *world = ctx;
    if (number == SIGCHLD && world->group)
        process_group_reap(world->group);
}

static void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    clock_manual_init(&world->clock, 0, 1000);
    world->loop = loop_new(&world->clock.clock);
    CHECK_INT(loop_signals(world->loop, reap, world, NULL), OK);
    world->group = process_group_new(world->loop, note, world);
}

static void world_done(struct world *world)
{
    process_group_free(world->group);
    loop_free(world->loop);
}

/* Runs until there are `count` entries. */
static void wait_for(struct world *world, size_t count)
{
    for (int i = 0; i < 2000 && world->count < count; i++) {
        loop_turn(world->loop, 10);
    }
    CHECK(world->count >= count);
}

static void add(struct world *world, char *const argv[])
{
    const struct process_options options = { .argv = argv };
    process_group_add(world->group, "child", &options);
}

/* exec() wants pointers to bytes that are not const. */
static char sleep_path[] = "/bin/sleep", thousand[] = "1000";
static char shell[] = "/bin/sh", run[] = "-c", exit_three[] = "exit 3";
static char nowhere[] = "/nonexistent/program", root[] = "/";
static char *const sleeper[] = { sleep_path, thousand, NULL };
static char *const quitter[] = { shell, run, exit_three, NULL };
static char *const missing[] = { nowhere, NULL };
static char *const folder[] = { root, NULL };

TEST(a_program_that_does_not_exist_is_not_found)
{
    pid_t pid = -7;
    struct error err;
    CHECK_INT(process_start(missing, &pid, &err), ERR_NOT_FOUND);
    CHECK_INT(pid, -7);
    CHECK(strstr(err.text, "/nonexistent/program"));
    CHECK_INT(process_start(folder, &pid, &err), ERR_IO);
}

TEST(a_child_starts_with_nothing_open_and_nothing_blocked)
{
    /* The shell's status tells which check failed. fd 9 is ours and not close-on-exec. */
    char script[] =
        "[ /proc/self/fd/0 -ef /dev/null ] || exit 1; [ -e /proc/self/fd/9 ] && exit 2;"
        "grep -q '^SigBlk:.*[1-9a-f]' /proc/self/status && exit 3;"
        "grep -q '^SigIgn:.*1...$' /proc/self/status && exit 4; exit 0";
    char *const argv[] = { shell, run, script, NULL };
    CHECK_INT(dup2(STDERR_FILENO, 9), 9);
    struct world world;
    world_init(&world); /* blocks signals, ignores SIGPIPE */
    pid_t pid = 0;
    CHECK_INT(process_start(argv, &pid, NULL), OK);
    int wait_status = -1;
    CHECK_INT(waitpid(pid, &wait_status, 0), pid);
    CHECK_INT(wait_status, 0);
    (void)close(9);
    world_done(&world);
}

TEST(a_child_that_holds_signals_is_ended_by_none_before_it_asks_for_them)
{
    char script[] = "kill -TERM $$; kill -HUP $$; kill -USR2 $$; exit 7";
    char *const argv[] = { shell, run, script, NULL };
    for (int holds = 0; holds <= 1; holds++) {
        const struct process_options options = { .argv = argv,
                                                 .holds_signals = holds == 1 };
        pid_t pid = 0;
        CHECK_INT(process_start_with(&options, &pid, NULL), OK);
        int wait_status = -1;
        CHECK_INT(waitpid(pid, &wait_status, 0), pid);
        if (holds)
            CHECK_INT(WEXITSTATUS(wait_status), 7);
        else
            CHECK_INT(WTERMSIG(wait_status), SIGTERM);
    }
}

TEST(who_ends_is_started_again_at_once_and_then_after_growing_pauses)
{
    struct world world;
    world_init(&world);
    add(&world, quitter);
    static const int64_t pauses[] = { 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000 };
    for (size_t i = 0; i < LENGTH_OF(pauses); i++) {
        wait_for(&world, i * 2 + 2); /* it has started and ended */
        const struct life *end = &world.log[i * 2 + 1];
        CHECK(!end->started);
        CHECK_INT(end->pid, world.log[i * 2].pid);
        CHECK_INT(WEXITSTATUS(end->wait_status), 3);
        if (pauses[i] > 0) {
            world.clock.now_ms += pauses[i] - 1;
            loop_turn(world.loop, 0);
            CHECK_INT(world.count, i * 2 + 2);
            world.clock.now_ms += 1;
        }
        loop_turn(world.loop, 0);
        CHECK(world.count >= i * 2 + 3);
        CHECK(world.log[i * 2 + 2].started);
    }
    world_done(&world);
}

TEST(ten_seconds_of_life_are_rewarded_by_an_instant_start)
{
    struct world world;
    world_init(&world);
    add(&world, sleeper);
    for (int i = 0; i < 3; i++) {
        CHECK(world.log[world.count - 1].started);
        world.clock.now_ms += 10000;
        loop_turn(world.loop, 0);
        size_t before = world.count;
        process_group_signal(world.group, SIGTERM);
        wait_for(&world, before + 2); /* without any further push of the clock */
        CHECK_INT(WTERMSIG(world.log[before].wait_status), SIGTERM);
    }
    world_done(&world);
}

TEST(a_child_that_cannot_start_is_tried_again_with_pauses)
{
    struct world world;
    world_init(&world);
    add(&world, missing);
    CHECK_INT(world.count, 1);
    CHECK(!world.log[0].started);
    CHECK_INT(world.log[0].pid, 0);
    CHECK_INT(WEXITSTATUS(world.log[0].wait_status), 127);
    loop_turn(world.loop, 0);
    CHECK_INT(world.count, 2);
    loop_turn(world.loop, 0);
    CHECK_INT(world.count, 2);
    world.clock.now_ms += 100;
    loop_turn(world.loop, 0);
    CHECK_INT(world.count, 3);
    world_done(&world);
}

static void free_group(void *ctx)
{
    struct world *world = ctx;
    world->done = true;
    process_group_free(TAKE(world->group));
}

static void wait_until_done(struct world *world)
{
    for (int i = 0; i < 2000 && !world->done; i++)
        loop_turn(world->loop, 10);
    CHECK(world->done);
}

TEST(a_stopped_group_ends_its_children_and_starts_none)
{
    struct world world;
    world_init(&world);
    add(&world, sleeper);
    add(&world, sleeper);
    process_group_stop(world.group, 1000, free_group, &world);
    CHECK(!world.done);
    wait_until_done(&world);
    CHECK_INT(world.count, 4);
    CHECK_INT(WTERMSIG(world.log[2].wait_status), SIGTERM);
    world_done(&world);
}

TEST(who_does_not_listen_is_killed_after_the_grace)
{
    struct world world;
    world_init(&world);
    /* Says that it ignores SIGTERM, and goes on doing so as another program. */
    char script[] = "trap '' TERM; kill -USR1 $PPID; exec sleep 1000";
    char *const stubborn[] = { shell, run, script, NULL };
    sigset_t usr1;
    (void)sigemptyset(&usr1);
    (void)sigaddset(&usr1, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &usr1, NULL);
    add(&world, stubborn);
    const struct timespec limit = { .tv_sec = 20 };
    CHECK_INT(sigtimedwait(&usr1, NULL, &limit), SIGUSR1);
    process_group_stop(world.group, 500, free_group, &world);
    loop_turn(world.loop, 0);
    CHECK(!world.done);
    world.clock.now_ms += 500;
    wait_until_done(&world);
    CHECK_INT(WTERMSIG(world.log[1].wait_status), SIGKILL);
    (void)sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    world_done(&world);
}

TEST(a_child_is_replaced_when_the_one_before_has_ended)
{
    struct world world;
    world_init(&world);
    add(&world, sleeper);
    pid_t first = process_group_pid(world.group, "child");
    process_group_replace(world.group, "child", false, 1000);
    CHECK(process_group_is_replacing(world.group, "child"));
    CHECK_INT(process_group_pid(world.group, "child"), 0);
    wait_for(&world, 3);
    CHECK_INT(world.log[1].pid, first);
    CHECK_INT(WTERMSIG(world.log[1].wait_status), SIGTERM);
    CHECK(world.log[2].started);
    CHECK(!process_group_is_replacing(world.group, "child"));
    CHECK(process_group_pid(world.group, "child") == world.log[2].pid);
    world_done(&world);
}

TEST(a_replacement_that_is_given_up_leaves_the_old_child)
{
    struct world world;
    world_init(&world);
    add(&world, sleeper);
    pid_t first = process_group_pid(world.group, "child");
    process_group_keep_old(world.group, "child"); /* nothing is being replaced */
    process_group_replace(world.group, "child", true, 1000);
    pid_t second = process_group_pid(world.group, "child");
    process_group_keep_old(world.group, "child");
    wait_for(&world, 3);
    CHECK_INT(world.log[2].pid, second);
    CHECK(!process_group_is_replacing(world.group, "child"));
    CHECK_INT(process_group_pid(world.group, "child"), first);
    CHECK_INT(kill(first, 0), 0);
    world_done(&world);
}

TEST(an_overlapped_child_stays_until_it_is_retired)
{
    struct world world;
    world_init(&world);
    add(&world, sleeper);
    pid_t first = process_group_pid(world.group, "child");
    process_group_replace(world.group, "child", true, 1000);
    pid_t second = process_group_pid(world.group, "child");
    CHECK(second > 0 && second != first);
    CHECK(process_group_is_replacing(world.group, "child"));
    CHECK_INT(kill(first, 0), 0);
    process_group_retire(world.group, "child", 1000);
    wait_for(&world, 3);
    CHECK_INT(world.log[2].pid, first);
    CHECK(!process_group_is_replacing(world.group, "child"));
    CHECK_INT(process_group_pid(world.group, "child"), second);
    world_done(&world);
}

TEST(a_successor_that_fails_leaves_the_old_one_in_place)
{
    /* It lives on the first time, and ends at once the second time. */
    char mark[] = "/tmp/rove-process-XXXXXX";
    int fd = mkstemp(mark);
    CHECK(fd >= 0);
    (void)close(fd);
    char script[] = "[ -e \"$0\" ] || exit 3; rm \"$0\"; exec sleep 1000";
    char *const argv[] = { shell, run, script, mark, NULL };
    struct world world;
    world_init(&world);
    add(&world, argv);
    pid_t first = process_group_pid(world.group, "child");
    for (int i = 0; i < 2000 && access(mark, F_OK) == 0; i++)
        loop_turn(world.loop, 10);
    process_group_replace(world.group, "child", true, 1000);
    wait_for(&world, 3);
    CHECK(!world.log[2].started);
    CHECK_INT(WEXITSTATUS(world.log[2].wait_status), 3);
    CHECK_INT(process_group_pid(world.group, "child"), first);
    CHECK(!process_group_is_replacing(world.group, "child"));
    CHECK_INT(kill(first, 0), 0);
    world_done(&world);
}

TEST(a_child_that_runs_is_adopted_and_another_started)
{
    struct world world;
    world_init(&world);
    const struct process_options options = { .argv = sleeper };
    pid_t pid = 0;
    CHECK_INT(process_start(sleeper, &pid, NULL), OK);
    process_group_adopt(world.group, "child", &options, pid);
    CHECK_INT((int)world.count, 0);
    CHECK_INT(process_group_pid(world.group, "child"), pid);
    process_group_signal(world.group, SIGKILL);
    wait_for(&world, 2);
    CHECK_INT(WTERMSIG(world.log[0].wait_status), SIGKILL);
    CHECK(world.log[1].started);
    process_group_adopt(world.group, "child", &options, getppid()); /* no child of ours */
    CHECK_INT((int)world.count, 3);
    CHECK(world.log[2].started);
    world_done(&world);
}

TEST(an_empty_group_stops_at_once)
{
    struct world world;
    world_init(&world);
    process_group_stop(world.group, 1000, free_group, &world);
    CHECK(world.done);
    world_done(&world);
}
