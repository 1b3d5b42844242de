// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/pulse.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/inherit.h"
#include "net/process.h"
#include "test.h"

enum {
    LIMIT_MS = 6000,
    BEAT_MS = LIMIT_MS / PULSE_BEATS
};

/* As a parent gives it, so that this process finds it as its role would. */
static int give_eventfd(int limit_ms)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(fd >= 0);
    CHECK(dup2(fd, INHERIT_FIRST) == INHERIT_FIRST);
    char pid[16], number[16];
    (void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
    (void)snprintf(number, sizeof(number), "%d:%d", INHERIT_FIRST, limit_ms);
    CHECK(setenv("LISTEN_PID", pid, 1) == 0 && setenv("LISTEN_FDS", "1", 1) == 0 &&
          setenv(INHERIT_PULSE, number, 1) == 0);
    inherit_init();
    CHECK_INT((int)inherit_count(), 0); /* no socket */
    return fd;
}

static int beats(int fd)
{
    uint64_t count = 0;
    return read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count) ? (int)count : 0;
}

TEST(a_beat_is_given_only_while_all_loops_turn)
{
    struct clock_manual clock;
    clock_manual_init(&clock, 1000, 1000);
    int fd = give_eventfd(LIMIT_MS);
    struct loop *first = loop_new(&clock.clock), *second = loop_new(&clock.clock);
    const struct pulse_options options = { first, "role", 0 }; /* the parent's counts */
    struct pulse *pulse = pulse_start(&options);
    CHECK_INT(beats(fd), 1);
    pulse_follow(pulse, second);
    static const struct {
        bool first, second;
        int want;
    } rows[] = {
        { true, true, 1 },  { true, true, 1 },  { false, true, 0 },
        { true, false, 1 }, /* since the last beat it has turned once */
        { true, false, 0 }, { true, false, 0 }, { true, true, 0 }, /* the next sees it */
        { true, true, 1 },
    };
    loop_turn(second, 0);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        clock.now_ms += BEAT_MS;
        if (rows[i].first)
            loop_turn(first, 0);
        if (rows[i].second)
            loop_turn(second, 0);
        CHECK_INT(beats(fd), rows[i].want);
    }
    loop_free(second);
    pulse_stop(pulse);
    loop_free(first);
    (void)close(fd);
}

TEST(without_a_limit_nobody_is_told_anything)
{
    struct clock_manual clock;
    clock_manual_init(&clock, 1000, 1000);
    int fd = give_eventfd(0);
    struct loop *loop = loop_new(&clock.clock);
    const struct pulse_options options = { loop, "role", LIMIT_MS };
    struct pulse *pulse = pulse_start(&options);
    clock.now_ms += LIMIT_MS;
    loop_turn(loop, 0);
    CHECK_INT(beats(fd), 0);
    pulse_stop(pulse);
    loop_free(loop);
    (void)close(fd);
}

/* A child without a parent that watches. */
static int hang_in_child(bool hangs)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct loop *loop = loop_new(clock_system());
        const struct pulse_options options = { loop, "role", 300 };
        struct pulse *pulse = pulse_start(&options);
        int64_t end_ms = clock_steady_ms(clock_system()) + 1500;
        while (clock_steady_ms(clock_system()) < end_ms)
            if (!hangs)
                loop_turn(loop, 10);
        pulse_stop(pulse);
        _exit(0);
    }
    int wait_status = 0;
    CHECK(waitpid(pid, &wait_status, 0) == pid);
    return wait_status;
}

TEST(where_nobody_watches_the_kernel_ends_who_hangs)
{
    int wait_status = hang_in_child(true);
    CHECK(WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGALRM);
    CHECK_INT(hang_in_child(false), 0);
}

TEST(a_child_is_not_told_whom_our_supervisor_hears)
{
    CHECK(setenv("NOTIFY_SOCKET", "/nowhere", 1) == 0 &&
          setenv("WATCHDOG_USEC", "1", 1) == 0);
    char script[] = "test -z \"$NOTIFY_SOCKET$WATCHDOG_USEC\"", shell[] = "/bin/sh",
         c[] = "-c";
    char *const argv[] = { shell, c, script, NULL };
    pid_t pid = 0;
    int wait_status = -1;
    CHECK_INT(process_start(argv, &pid, NULL), OK);
    CHECK(waitpid(pid, &wait_status, 0) == pid);
    CHECK_INT(wait_status, 0);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
}
