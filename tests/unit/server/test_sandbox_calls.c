// SPDX-License-Identifier: GPL-3.0-or-later
/* Each test puts the bounds on a child, since they stay. */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/sandbox_part.h"
#include "test.h"

enum {
    PAGE = 4096,
    NO_BOUNDS = 9,
    DROPPABLE = 8 /* came after the headers that we may be built with */
};

/* How answer ends that maps memory of this kind, whatever comes of it. */
static int end_of_map(int kind, int protection)
{
    int status = 0;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct sandbox_calls calls;
        (void)signal(SIGSYS, SIG_DFL); /* the harness would take it */
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        sandbox_calls_of_role(&calls, sandbox_calls_answer, getpid());
        if (syscalls_limit(&calls.policy, NULL))
            _exit(NO_BOUNDS);
        (void)syscall(SYS_mmap, NULL, PAGE, protection, kind | MAP_ANONYMOUS, -1, 0);
        _exit(0);
    }
    CHECK_INT(waitpid(pid, &status, 0), pid);
    return status;
}

static bool is_killed(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/* Later C libraries keep what getrandom() needs in memory that the kernel may drop. */
TEST(answer_maps_memory_that_is_its_own_and_shares_none_for_writing)
{
    const int both = PROT_READ | PROT_WRITE;
    CHECK_INT(end_of_map(MAP_PRIVATE, both), 0);
    CHECK_INT(end_of_map(DROPPABLE, both), 0);
    CHECK_INT(end_of_map(MAP_SHARED, PROT_READ), 0);
    CHECK(is_killed(end_of_map(MAP_SHARED, both)));
    CHECK(is_killed(end_of_map(MAP_SHARED_VALIDATE, both)));
    CHECK(is_killed(end_of_map(DROPPABLE, both | PROT_EXEC)));
}
