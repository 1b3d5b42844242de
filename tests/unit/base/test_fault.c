// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/fault.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "test.h"

#ifndef ROVE_FAULTS
TEST(without_faults_nothing_is_ever_hit)
{
    CHECK(!fault_hit("any.point"));
}
#else

/* Which of nine calls of "a.b" fail, as bits from the first call up. */
static unsigned int nine_calls(void)
{
    unsigned int failed = 0;
    for (unsigned int i = 0; i < 9; i++)
        if (fault_hit("a.b"))
            failed |= 1U << i;
    return failed;
}

TEST(the_armed_call_fails_and_no_other)
{
    static const struct {
        uint64_t nth;
        bool sticky;
        unsigned int want;
        uint64_t hits;
    } rows[] = { { 1, false, 0x1, 1 },  { 3, false, 0x4, 1 }, { 1, true, 0x1ff, 9 },
                 { 8, true, 0x180, 2 }, { 10, true, 0, 0 },   { 10, false, 0, 0 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        fault_arm("a.b", rows[i].nth, rows[i].sticky);
        CHECK(!fault_hit("a.c"));
        CHECK(!fault_hit("a"));
        CHECK_INT(nine_calls(), rows[i].want);
        CHECK_INT(fault_asked(), 9);
        CHECK_INT(fault_hits(), rows[i].hits);
    }
    fault_arm(NULL, 0, false);
    CHECK_INT(nine_calls(), 0);
    CHECK_INT(fault_asked(), 0);
    CHECK_INT(fault_hits(), 0);
}

/* Reads the environment in a process where nothing was asked before. */
static unsigned int nine_calls_with(const char *environment)
{
    int ends[2];
    CHECK_INT(pipe(ends), 0);
    char descriptor[16];
    (void)snprintf(descriptor, sizeof(descriptor), "%d", ends[1]);
    char self[PATH_MAX] = ""; /* by its own name: the link may lead to an emulator */
    CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)setenv("ROVE_FAULT", environment, 1);
        (void)setenv("ROVE_FAULT_TEST", descriptor, 1);
        (void)execl(self, "test_base_fault", "the_calls_of_a_child", NULL);
        _exit(1);
    }
    (void)close(ends[1]);
    unsigned int failed = 0;
    ssize_t n = read(ends[0], &failed, sizeof(failed));
    (void)close(ends[0]);
    int how = 0;
    CHECK_INT(waitpid(child, &how, 0), child);
    return n == (ssize_t)sizeof(failed) ? failed : 0xdead;
}

/* The other half of the next test: it runs by itself in the child. */
TEST(the_calls_of_a_child)
{
    const char *descriptor = getenv("ROVE_FAULT_TEST");
    uint64_t fd = 0;
    if (!descriptor || str_to_u64(str_from(descriptor), 1000, &fd))
        return;
    unsigned int failed = nine_calls();
    CHECK_INT(write((int)fd, &failed, sizeof(failed)), sizeof(failed));
}

TEST(the_environment_arms_at_the_first_call)
{
    static const struct {
        const char *environment;
        unsigned int want; /* 0xdead: the process ends */
    } rows[] = {
        { "a.b:2", 0x2 },
        { "a.b:7+", 0x1c0 },
        { "other:1+", 0 },
        { "", 0 },
        { "a.b", 0xdead },
        { "a.b:", 0xdead },
        { "a.b:0", 0xdead },
        { ":1", 0xdead },
        { "a.b:x", 0xdead },
        { "a.b:+", 0xdead },
        { "0123456789012345678901234567890123456789012345678901234567890123:1", 0xdead },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(nine_calls_with(rows[i].environment), rows[i].want);
}
#endif
