// SPDX-License-Identifier: GPL-3.0-or-later
/* Each test puts the bounds on a child, since they stay. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "net/landlock.h"
#include "net/syscalls.h"
#include "test.h"

/* How a child ends that does this. */
static int end_of(void (*fn)(const void *arg), const void *arg)
{
    int status = 0;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        fn(arg);
        _exit(0);
    }
    CHECK_INT(waitpid(pid, &status, 0), pid);
    return status;
}

static void expect(bool holds, int code)
{
    if (!holds)
        _exit(code);
}

/* ----- files ----- */

TEST(a_kernel_is_asked_for_no_more_than_its_version_knows)
{
    static const struct {
        int version;
        uint64_t files, network, scope;
    } rows[] = {
        { 0, 0, 0, 0 },      { 1, 0x1fff, 0, 0 },  { 2, 0x3fff, 0, 0 },
        { 3, 0x7fff, 0, 0 }, { 4, 0x7fff, 3, 0 },  { 5, 0xffff, 3, 0 },
        { 6, 0xffff, 3, 3 }, { 99, 0xffff, 3, 3 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct landlock_denied denied = landlock_denied_by(rows[i].version);
        CHECK(denied.files == rows[i].files);
        CHECK(denied.network == rows[i].network);
        CHECK(denied.scope == rows[i].scope);
    }
}

static bool opens(const char *folder, const char *name, int flags)
{
    char path[256];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/%s", folder, name);
    CLEANUP(file_closep) int fd = open(buf_text(&text), flags | O_CLOEXEC, 0600);
    return fd >= 0;
}

static void live_in_two_folders(const void *arg)
{
    const char *const *folders = arg;
    const struct landlock_path paths[] = { { folders[0], LANDLOCK_READ },
                                           { folders[1], LANDLOCK_WRITE },
                                           { "/nowhere/at/all", LANDLOCK_WRITE } };
    expect(opens(folders[0], "a", O_RDWR | O_CREAT), 1);
    expect(landlock_limit(paths, LENGTH_OF(paths), false, NULL) == OK, 2);
    expect(opens(folders[0], "a", O_RDONLY), 3);
    expect(!opens(folders[0], "a", O_WRONLY) && errno == EACCES, 4);
    expect(!opens(folders[0], "b", O_WRONLY | O_CREAT), 5);
    expect(opens(folders[1], "b", O_WRONLY | O_CREAT), 6);
    expect(!opens("/etc", "passwd", O_RDONLY), 7);
    expect(!opens("/", ".", O_RDONLY), 8);
}

TEST(files_outside_of_the_folders_are_out_of_reach)
{
    char first[] = "/tmp/rove-test-XXXXXX", second[] = "/tmp/rove-test-XXXXXX";
    CHECK(mkdtemp(first) && mkdtemp(second));
    const char *const folders[] = { first, second };
    if (landlock_version())
        CHECK_INT(end_of(live_in_two_folders, folders), 0);
    const char *const names[] = { "a", "b" };
    for (size_t i = 0; i < LENGTH_OF(folders); i++) {
        char path[256];
        struct buf text = BUF_ON(path);
        buf_printf(&text, "%s/%s", folders[i], names[i]);
        (void)unlink(buf_text(&text));
        (void)rmdir(folders[i]);
    }
}

/* ----- system calls ----- */

static void limit(void)
{
    static const struct syscall_rule allowed[] = {
        { .name = "exit_group" },
        { .name = "write" },
        { .name = "getppid" },
        { .name = "gettid" }, /* the rest is what sanitizers do in a signal's handler */
        { .name = "sigaltstack" },
        { .name = "rt_sigprocmask" },
        { .name = "madvise" },
        { .name = "munmap" },
        { .name = "futex" },
        { .name = "socket", .only = { { 0, UINT32_MAX, AF_UNIX } } },
        { .name = "mmap", .only = { { 2, PROT_EXEC, 0 } } },
        { .name = NULL },
    };
    static const struct syscall_rule *const lists[] = { allowed, NULL };
    static const struct syscall_refusal refused[] = { { "sysinfo", EPERM }, { NULL, 0 } };
    static const char *const fatal[] = { "chroot", NULL };
    const struct syscall_policy policy = { .allowed = lists,
                                           .refused = refused,
                                           .fatal = fatal };
    if (syscalls_limit(&policy, NULL) != OK)
        _exit(9);
}

static void do_what_is_allowed(const void *arg)
{
    (void)arg;
    limit();
    expect(syscall(SYS_getppid) > 0, 1);
    expect(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0, 2);
    expect(syscall(SYS_sysinfo, NULL) == -1 && errno == EPERM, 3);
    expect(syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
               -1,
           4);
    syscall(SYS_exit_group, 0);
}

static void make_other_socket(const void *arg)
{
    (void)arg;
    limit();
    syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void map_code(const void *arg)
{
    (void)arg;
    limit();
    syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
            0);
}

static void make_call_that_is_not_named(const void *arg)
{
    (void)arg;
    limit();
    syscall(SYS_getpid);
}

static void tell(int number)
{
    (void)number;
    ssize_t n = write(STDOUT_FILENO, "", 0);
    (void)n;
    _exit(7);
}

/* What is fatal no handler sees; what is not named one may tell of. */
static void make_fatal_call(const void *arg)
{
    (void)arg;
    (void)signal(SIGSYS, tell);
    limit();
    syscall(SYS_chroot, "/");
}

static void make_call_that_a_handler_tells(const void *arg)
{
    (void)arg;
    (void)signal(SIGSYS, tell);
    limit();
    syscall(SYS_getpid);
}

TEST(a_process_makes_the_calls_of_its_table_and_no_others)
{
    CHECK_INT(end_of(do_what_is_allowed, NULL), 0);
    static void (*const forbidden[])(const void *arg) = { make_other_socket, map_code,
                                                          make_call_that_is_not_named,
                                                          make_fatal_call };
    for (size_t i = 0; i < LENGTH_OF(forbidden); i++) {
        int status = end_of(forbidden[i], NULL);
        CHECK(WIFSIGNALED(status));
        CHECK_INT(WTERMSIG(status), SIGSYS);
    }
    int status = end_of(make_call_that_a_handler_tells, NULL);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 7);
}

TEST(a_call_that_nobody_knows_is_a_mistake_of_the_table)
{
    static const char *const fatal[] = { "no_such_call", NULL };
    const struct syscall_policy policy = { .others_pass = true, .fatal = fatal };
    struct error err;
    CHECK_INT(syscalls_limit(&policy, &err), ERR_IO);
    CHECK(strstr(err.text, "no_such_call"));
}
