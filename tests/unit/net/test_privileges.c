// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/privileges.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/process.h"
#include "test.h"

TEST(a_user_is_found_with_his_groups)
{
    struct identity found = { .uid = 4711 };
    struct error err = { "" };
    CHECK_INT(identity_find("root", &found, &err), OK);
    CHECK_INT(found.uid, 0);
    CHECK(found.group_count >= 1);
    CHECK_INT(identity_find("no-such-user", &found, &err), ERR_NOT_FOUND);
    CHECK(strstr(err.text, "no-such-user"));
    CHECK_INT(found.uid, 0);
}

TEST(a_group_is_joined_once_and_not_without_end)
{
    struct identity identity = { .uid = 1 };
    for (gid_t group = 1; group <= IDENTITY_GROUPS; group++) {
        CHECK_INT(identity_join(&identity, group, NULL), OK);
        CHECK_INT(identity_join(&identity, group, NULL), OK);
    }
    CHECK_INT((int)identity.group_count, IDENTITY_GROUPS);
    CHECK_INT(identity_join(&identity, IDENTITY_GROUPS + 1, NULL), ERR_LIMIT);
}

/* Runs in a child, for what cannot be undone; its result is the child's exit code. */
static int run_apart(int (*fn)(void))
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(fn());
    int wait_status = -1;
    CHECK_INT(waitpid(pid, &wait_status, 0), pid);
    CHECK(WIFEXITED(wait_status));
    return WEXITSTATUS(wait_status);
}

static const struct identity somebody = { .uid = 65534, .gid = 65534 };

static int become_somebody(void)
{
    if (!identity_become(&somebody))
        return 1;
    if (getuid() != 65534 || getegid() != 65534 || getgroups(0, NULL) != 0)
        return 2;
    if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
        return 3;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4;
}

static int keep_a_capability(void)
{
    /* As a supervisor gives it: another user, with what binds low ports. */
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setresuid(65534, 65534, 65534))
        return 1;
    if (privileges_drop(NULL))
        return 2;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && setuid(0) != 0 ? 0 : 3;
}

/* Among what root cannot do any more is to signal others' processes, but his children. */
static int limit_and_kill(void)
{
    char path[] = "/bin/sleep", long_time[] = "1000";
    char *const argv[] = { path, long_time, NULL };
    const struct process_options options = { .argv = argv, .as = &somebody };
    pid_t pid = 0;
    if (privileges_limit(NULL) || process_start_with(&options, &pid, NULL))
        return 1;
    if (kill(pid, SIGKILL) == 0)
        return 2;
    if (!identity_kill(&somebody, pid, SIGKILL) || geteuid() != 0)
        return 3;
    int wait_status = 0;
    if (waitpid(pid, &wait_status, 0) != pid || WTERMSIG(wait_status) != SIGKILL)
        return 4;
    return prctl(PR_CAPBSET_READ, 5 /* CAP_KILL */, 0, 0, 0) == 0 ? 0 : 5;
}

static int fail_to_become(void)
{
    return identity_become(&somebody) ? 1 : 0;
}

TEST(who_became_another_has_no_way_back)
{
    if (geteuid() != 0) {
        CHECK_INT(run_apart(fail_to_become), 0);
        return;
    }
    CHECK_INT(run_apart(become_somebody), 0);
}

TEST(capabilities_that_a_supervisor_gave_are_dropped)
{
    if (geteuid() != 0)
        skip();
    CHECK_INT(run_apart(keep_a_capability), 0);
}

TEST(a_limited_root_stops_children_of_other_users)
{
    if (geteuid() != 0)
        skip();
    CHECK_INT(run_apart(limit_and_kill), 0);
}
