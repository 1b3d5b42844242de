// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/mem.h"
#include "test.h"

/* A fresh folder, which is the working directory until leave(). */
static char folder[64];

static void enter(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/test-file-XXXXXX");
    CHECK(mkdtemp(folder));
    CHECK_INT(chdir(folder), 0);
}

/* Nothing but the named files is there, which go with the folder. */
static void leave(const char *a, const char *b)
{
    if (a)
        CHECK_INT(unlink(a), 0);
    if (b)
        CHECK_INT(unlink(b), 0);
    CHECK_INT(chdir("/"), 0);
    CHECK_INT(rmdir(folder), 0);
}

static void check_contents(const char *path, const char *want)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    CHECK_INT(file_read(path, 1000, &text, &n, NULL), OK);
    CHECK_TEXT(text, want);
    CHECK_INT(n, strlen(want));
}

TEST(a_file_is_replaced_and_read_whole)
{
    enter();
    CHECK_INT(file_replace("f", STR("one"), 0644, NULL), OK);
    check_contents("f", "one");
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/f", folder);
    CHECK_INT(file_replace(path, STR(""), 0600, NULL), OK);
    check_contents("f", "");
    struct stat about;
    CHECK_INT(stat("f", &about), 0);
    CHECK_INT(about.st_mode & 07777, 0600);
    leave("f", NULL);
}

TEST(the_mode_is_what_was_asked_for_whatever_the_umask)
{
    enter();
    mode_t before = umask(0177);
    CHECK_INT(file_replace("f", STR("x"), 0664, NULL), OK);
    (void)umask(before);
    struct stat about;
    CHECK_INT(stat("f", &about), 0);
    CHECK_INT(about.st_mode & 07777, 0664);
    leave("f", NULL);
}

TEST(what_an_earlier_attempt_left_behind_is_no_obstacle)
{
    enter();
    CHECK_INT(symlink("elsewhere", "f.tmp"), 0);
    CHECK_INT(file_replace("f", STR("new"), 0600, NULL), OK);
    check_contents("f", "new");
    CHECK_INT(access("elsewhere", F_OK), -1);
    leave("f", NULL);
}

TEST(a_long_file_is_read_up_to_the_limit)
{
    enter();
    static char large[50000];
    memset(large, 'x', sizeof(large));
    CHECK_INT(file_replace("f", str_bytes(large, sizeof(large)), 0600, NULL), OK);
    static const struct {
        size_t max;
        enum status want;
    } rows[] = { { 50000, OK },    { 49999, ERR_LIMIT }, { 0, ERR_LIMIT },
                 { SIZE_MAX, OK }, { 16384, ERR_LIMIT }, { 32768, ERR_LIMIT },
                 { 50001, OK } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(mem_freep) char *text = NULL;
        size_t n = 77;
        struct error err = { .text = "" };
        CHECK_INT(file_read("f", rows[i].max, &text, &n, &err), rows[i].want);
        CHECK_INT(n, rows[i].want ? 77 : sizeof(large));
        CHECK(rows[i].want ? !text && strlen(err.text) > 0 : text[n] == '\0');
    }
    leave("f", NULL);
}

TEST(each_failure_says_which_path_and_why)
{
    enter();
    char *text = NULL;
    size_t n = 0;
    struct error err;
    CHECK_INT(file_read("absent", 10, &text, &n, &err), ERR_NOT_FOUND);
    CHECK_TEXT(err.text, "open absent: No such file or directory");
    CHECK_INT(file_read(".", 10, &text, &n, &err), ERR_IO);
    CHECK_TEXT(err.text, "read .: Is a directory");
    CHECK_INT(file_replace("absent/f", STR("x"), 0600, &err), ERR_NOT_FOUND);
    CHECK_TEXT(err.text, "create absent/f.tmp: No such file or directory");
    CHECK_INT(mkdir("f.tmp", 0700), 0);
    CHECK_INT(file_replace("f", STR("x"), 0600, &err), ERR_IO);
    CHECK(strncmp(err.text, "remove f.tmp: ", 14) == 0);
    CHECK_INT(rmdir("f.tmp"), 0);
    CHECK_INT(file_sync_directory("absent/f", &err), ERR_NOT_FOUND);
    int fd = -1;
    CHECK_INT(file_lock("absent/lock", &fd, &err), ERR_NOT_FOUND);
    CHECK_INT(fd, -1);
    CHECK(!text);
    leave(NULL, NULL);
}

TEST(the_directory_of_any_path_can_be_synced)
{
    CHECK_INT(file_sync_directory("/tmp/x", NULL), OK);
    CHECK_INT(file_sync_directory("x", NULL), OK);
    struct error err = { .text = "" };
    enum status status = file_sync_directory("/x", &err);
    CHECK(status == OK || strstr(err.text, "sync /:"));
}

/* The status of file_lock() in another process. */
static int lock_elsewhere(const char *path, const char *want_words)
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int fd = -1;
        struct error err = { .text = "" };
        enum status status = file_lock(path, &fd, &err);
        _exit(strstr(err.text, want_words) ? (int)status : 99);
    }
    int how = 0;
    CHECK(waitpid(child, &how, 0) == child && WIFEXITED(how));
    return WEXITSTATUS(how);
}

TEST(a_lock_keeps_others_out_until_it_is_closed)
{
    enter();
    int fd = -1;
    CHECK_INT(file_lock("lock", &fd, NULL), OK);
    char words[64];
    struct buf out = BUF_ON(words);
    buf_printf(&out, "%ld\n", (long)getpid());
    check_contents("lock", buf_text(&out));
    out.n = 0;
    buf_printf(&out, "lock is locked by process %ld", (long)getpid());
    CHECK_INT(lock_elsewhere("lock", buf_text(&out)), ERR_BUSY);
    file_close(fd);
    CHECK_INT(lock_elsewhere("lock", ""), OK);
    leave("lock", NULL);
}

TEST(closing_no_descriptor_is_fine)
{
    errno = 0;
    file_close(-1);
    CHECK_INT(errno, 0);
}

#ifdef ROVE_FAULTS
TEST(a_failed_step_leaves_the_old_contents_and_no_other_file)
{
    enter();
    CHECK_INT(file_replace("f", STR("old"), 0600, NULL), OK);
    static const char *const points[] = { "file.write", "file.sync", "file.rename" };
    for (size_t i = 0; i < LENGTH_OF(points); i++) {
        struct error err = { .text = "" };
        fault_arm(points[i], 1, false);
        CHECK_INT(file_replace("f", STR("new"), 0600, &err), ERR_IO);
        CHECK_INT(fault_hits(), 1);
        CHECK(strstr(err.text, "Input/output error"));
        check_contents("f", "old");
        CHECK_INT(access("f.tmp", F_OK), -1);
    }
    fault_arm(NULL, 0, false);
    leave("f", NULL);
}

TEST(a_directory_that_cannot_be_synced_is_reported)
{
    enter();
    fault_arm("file.sync", 2, false);
    CHECK_INT(file_replace("f", STR("new"), 0600, NULL), ERR_IO);
    fault_arm(NULL, 0, false);
    check_contents("f", "new");
    leave("f", NULL);
}

TEST(a_lock_that_cannot_be_written_is_not_held)
{
    enter();
    int fd = -1;
    fault_arm("file.write", 1, false);
    CHECK_INT(file_lock("lock", &fd, NULL), ERR_IO);
    fault_arm(NULL, 0, false);
    CHECK_INT(fd, -1);
    CHECK_INT(lock_elsewhere("lock", ""), OK);
    leave("lock", NULL);
}

TEST(a_read_that_fails_gives_nothing)
{
    enter();
    CHECK_INT(file_replace("f", STR("x"), 0600, NULL), OK);
    fault_arm("file.read", 1, false);
    char *text = NULL;
    size_t n = 0;
    CHECK_INT(file_read("f", 10, &text, &n, NULL), ERR_IO);
    fault_arm(NULL, 0, false);
    CHECK(!text);
    leave("f", NULL);
}
#endif

TEST(a_copy_is_whole_has_its_mode_and_replaces_what_stood_there)
{
    static char text[600000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 23);
    enter();
    CHECK_INT(file_replace("from", str_bytes(text, sizeof(text)), 0644, NULL), OK);
    CHECK_INT(file_replace("to", STR("before"), 0644, NULL), OK);
    int fd = open("from", O_RDONLY | O_CLOEXEC);
    CHECK_INT(file_copy(fd, "from", "to", 0600, NULL), OK);
    file_close(fd);
    CLEANUP(mem_freep) char *got = NULL;
    size_t n = 0;
    struct stat info;
    CHECK_INT(file_read("to", sizeof(text), &got, &n, NULL), OK);
    CHECK(n == sizeof(text) && memcmp(got, text, n) == 0);
    CHECK_INT(stat("to", &info), 0);
    CHECK_INT(info.st_mode & 0777, 0600);
    leave("from", "to");
}

TEST(a_copy_that_fails_leaves_nothing)
{
    enter();
    struct error err = { "" };
    CHECK_INT(file_copy(-1, "nothing", "to", 0600, &err), ERR_IO);
    CHECK(strstr(err.text, "nothing") != NULL);
    CHECK_INT(file_copy(-1, "nothing", "no/to", 0600, NULL), ERR_NOT_FOUND);
    leave(NULL, NULL);
}

TEST(a_path_is_a_folder_and_a_name)
{
    static const struct {
        const char *path, *folder, *name;
    } rows[] = {
        { "/var/lib/rove.db", "/var/lib", "rove.db" },
        { "lib/rove.db", "lib", "rove.db" },
        { "/rove.db", "/", "rove.db" },
        { "rove.db", ".", "rove.db" },
        { "lib/", "lib", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(mem_freep) char *holder = file_folder(rows[i].path);
        CHECK_TEXT(holder, rows[i].folder);
        CHECK_TEXT(file_name(rows[i].path), rows[i].name);
    }
}
