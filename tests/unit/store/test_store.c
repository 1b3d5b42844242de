// SPDX-License-Identifier: GPL-3.0-or-later
/* Opening, locking, transactions, readers beside the writer, and what a kill leaves. */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/connection.h"

enum {
    NOBODY = 65534,
    BIG = 10 << 20, /* two are more than the log may grow to before it is moved */
};

/* How many changes a connection sees. */
static int64_t newest(struct store *store)
{
    int64_t seq = -1;
    CHECK_INT(store_newest_seq(store, &seq, NULL), OK);
    return seq;
}

static enum status append(struct store *store)
{
    struct change_row row = { .kind = CHANGE_HOST, .id = 1 };
    return store_change_append(store, &row, NULL);
}

static void append_and_commit(struct store *store)
{
    begin(store);
    CHECK_INT(append(store), OK);
    commit(store);
}

/* ----- opening ----- */

TEST(a_reader_needs_a_database_that_is_there)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_folder(&fixture);
    struct error err = { "" };
    CHECK_INT(store_open(fixture.path, STORE_READER, &fixture.store, &err),
              ERR_NOT_FOUND);
    CHECK(strstr(err.text, fixture.path) != NULL);
    CHECK(access(fixture.path, F_OK) != 0);
    CHECK(fixture.store == NULL);
}

TEST(a_reader_does_not_take_an_empty_file_for_a_database)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_folder(&fixture);
    CHECK_INT(file_replace(fixture.path, STR(""), 0600, NULL), OK);
    CHECK_INT(store_open(fixture.path, STORE_READER, &fixture.store, NULL),
              ERR_NOT_FOUND);
}

TEST(a_writer_that_cannot_make_the_database_tells_the_path)
{
    struct store *store = NULL;
    struct error err = { "" };
    CHECK_INT(store_open("/nowhere/rove.db", STORE_CREATE, &store, &err), ERR_IO);
    CHECK(strstr(err.text, "/nowhere/rove.db") != NULL);
    CHECK(store == NULL);
}

TEST(a_writer_does_not_take_a_missing_or_empty_database_for_a_new_one)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_folder(&fixture);
    struct error err = { "" };
    CHECK_INT(store_open(fixture.path, STORE_WRITER, &fixture.store, &err),
              ERR_NOT_FOUND);
    CHECK(strstr(err.text, fixture.path) != NULL);
    CHECK(access(fixture.path, F_OK) != 0);
    CHECK_INT(file_replace(fixture.path, STR(""), 0600, NULL), OK);
    CHECK_INT(store_open(fixture.path, STORE_WRITER, &fixture.store, NULL),
              ERR_NOT_FOUND);
    CHECK(fixture.store == NULL);
}

/* A writer that commits and dies at once, with its change in the log. */
static void commit_and_die(const char *path)
{
    struct store *store = NULL;
    struct account_row account = account_of("late@example.org");
    if (store_open(path, STORE_WRITER, &store, NULL) || store_begin(store, NULL) ||
        store_account_insert(store, &account, NULL) || store_commit(store, NULL))
        _exit(1);
    _exit(0);
}

TEST(a_new_writer_has_moved_all_of_the_log_before_it_is_used)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_open(&fixture);
    store_close(TAKE(fixture.store));
    pid_t child = fork();
    if (child == 0)
        commit_and_die(fixture.path);
    int code = 0;
    CHECK_INT(waitpid(child, &code, 0), child);
    CHECK_INT(code, 0);
    CHECK_INT(store_open(fixture.path, STORE_WRITER, &fixture.store, NULL), OK);

    /* The database file alone, without its log, has the change. */
    __attribute__((cleanup(fixture_close))) struct fixture copy;
    fixture_folder(&copy);
    CLEANUP(mem_freep) char *bytes = NULL;
    size_t n = 0;
    CHECK_INT(file_read(fixture.path, 64 << 20, &bytes, &n, NULL), OK);
    CHECK_INT(file_replace(copy.path, str_bytes(bytes, n), 0600, NULL), OK);
    CHECK_INT(store_open(copy.path, STORE_WRITER, &copy.store, NULL), OK);
    struct account_row found;
    CHECK_INT(store_account_find_email(copy.store, STR("late@example.org"), &found, NULL),
              OK);
}

/* A check or a slow backup may take minutes. What the new writer goes by is on the disk all
 * the same, though not yet in the database file. */
TEST(a_new_writer_starts_at_once_beside_a_reader_with_an_older_view)
{
    FIXTURE(fixture);
    CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
    begin(reader);
    append_and_commit(fixture.store);
    int64_t before = clock_steady_ms(clock_system());
    fixture_reopen(&fixture);
    /* Who waits for a lock does so for five seconds. */
    CHECK(clock_steady_ms(clock_system()) - before < 5000);
    CHECK_INT(newest(reader), 0);
    commit(reader);
    CHECK_INT(newest(reader), 1);
}

TEST(a_path_that_is_too_long_is_refused)
{
    static char path[5000];
    memset(path, 'a', sizeof(path) - 1);
    struct store *store = NULL;
    CHECK_INT(store_open(path, STORE_CREATE, &store, NULL), ERR_IO);
}

TEST(a_folder_is_no_database)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_folder(&fixture);
    struct store *store = NULL;
    CHECK_INT(mkdir(fixture.path, 0700), 0);
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &store, NULL), ERR_IO);
    CHECK_INT(store_open(fixture.path, STORE_READER, &store, NULL), ERR_IO);
    CHECK_INT(rmdir(fixture.path), 0);
}

TEST(a_new_database_is_closed_to_others)
{
    FIXTURE(fixture);
    struct stat info;
    CHECK_INT(stat(fixture.path, &info), 0);
    CHECK_INT(info.st_mode & 027, 0);
}

/* ----- one writer ----- */

TEST(a_second_writer_in_the_same_process_is_refused)
{
    FIXTURE(fixture);
    struct store *second = NULL;
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &second, NULL), ERR_BUSY);
    CHECK(second == NULL);
    append_and_commit(fixture.store);
}

static int try_to_write(const struct fixture *fixture)
{
    struct store *second = NULL;
    struct error err = { "" };
    char pid[32];
    (void)snprintf(pid, sizeof(pid), "process %ld", (long)getppid());
    if (store_open(fixture->path, STORE_CREATE, &second, &err) != ERR_BUSY)
        return 1;
    return strstr(err.text, pid) && strstr(err.text, fixture->path) ? 0 : 2;
}

TEST(a_second_writer_in_another_process_is_refused_and_told_who_has_it)
{
    FIXTURE(fixture);
    CHECK_INT(in_child(try_to_write, &fixture), 0);
}

static int write_once(const struct fixture *fixture)
{
    struct store *store = NULL;
    if (store_open(fixture->path, STORE_CREATE, &store, NULL) ||
        store_begin(store, NULL) || append(store) || store_commit(store, NULL))
        return 1;
    store_close(store);
    return 0;
}

TEST(the_lock_ends_with_the_writer)
{
    FIXTURE(fixture);
    store_close(TAKE(fixture.store));
    CHECK_INT(in_child(write_once, &fixture), 0);
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, NULL), OK);
    CHECK_INT(newest(fixture.store), 1);
}

TEST(a_reader_cannot_write)
{
    FIXTURE(fixture);
    CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
    CHECK_INT(append(reader), ERR_IO);
    begin(reader);
    CHECK_INT(append(reader), ERR_IO);
    commit(reader);
    CHECK_INT(newest(fixture.store), 0);
}

/* ----- transactions ----- */

TEST(a_write_outside_of_a_transaction_is_refused)
{
    FIXTURE(fixture);
    CHECK_INT(append(fixture.store), ERR_IO);
    CHECK_INT(newest(fixture.store), 0);
    struct error err = { "" };
    CHECK_INT(store_savepoint(fixture.store, &err), ERR_IO);
    CHECK(strstr(err.text, "no transaction") != NULL);
    CHECK_INT(store_release(fixture.store, NULL), ERR_IO);
    CHECK_INT(store_undo(fixture.store, NULL), ERR_IO);
    CHECK_INT(store_commit(fixture.store, NULL), ERR_IO);
    store_rollback(fixture.store);
}

TEST(a_rollback_undoes_everything_and_gives_the_seq_again)
{
    FIXTURE(fixture);
    begin(fixture.store);
    CHECK_INT(append(fixture.store), OK);
    CHECK_INT(newest(fixture.store), 1);
    store_rollback(fixture.store);
    CHECK_INT(newest(fixture.store), 0);
    append_and_commit(fixture.store);
    CHECK_INT(newest(fixture.store), 1);
}

TEST(what_came_since_the_savepoint_is_undone_and_the_rest_stays)
{
    FIXTURE(fixture);
    begin(fixture.store);
    CHECK_INT(append(fixture.store), OK);
    CHECK_INT(store_savepoint(fixture.store, NULL), OK);
    CHECK_INT(append(fixture.store), OK);
    CHECK_INT(store_undo(fixture.store, NULL), OK);
    CHECK_INT(store_savepoint(fixture.store, NULL), OK);
    CHECK_INT(append(fixture.store), OK);
    CHECK_INT(append(fixture.store), OK);
    CHECK_INT(store_release(fixture.store, NULL), OK);
    commit(fixture.store);
    CHECK_INT(newest(fixture.store), 3);
}

TEST(a_reader_sees_what_is_committed_and_nothing_else)
{
    FIXTURE(fixture);
    CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
    begin(fixture.store);
    CHECK_INT(append(fixture.store), OK);
    CHECK_INT(newest(reader), 0);
    commit(fixture.store);
    CHECK_INT(newest(reader), 1);
}

TEST(a_readers_transaction_is_one_view_from_its_first_moment)
{
    FIXTURE(fixture);
    CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
    begin(reader);
    append_and_commit(fixture.store); /* before the reader's first look */
    CHECK_INT(newest(reader), 0);
    append_and_commit(fixture.store);
    CHECK_INT(newest(reader), 0);
    commit(reader);
    CHECK_INT(newest(reader), 2);
    begin(reader);
    CHECK_INT(newest(reader), 2);
    store_rollback(reader);
}

/* ----- kills ----- */

/* Puts `count` large values in an open transaction; gives what the first that failed says. */
static enum status put_many(struct store *store, int count)
{
    CLEANUP(mem_freep) char *big = mem_new(BIG);
    memset(big, 'x', BIG);
    enum status status = OK;
    for (int i = 0; i < count && !status; i++) {
        char name[] = { 'b', 'i', 'g', (char)('0' + i), '\0' };
        status = store_setting_put(store, name, str_bytes(big, BIG), NULL);
    }
    return status;
}

/* Commits one change, then dies within a transaction that is large enough for SQLite to
 * have written a part of it to the log. */
static int die_in_transaction(const struct fixture *fixture)
{
    struct store *store = NULL;
    if (store_open(fixture->path, STORE_CREATE, &store, NULL) ||
        store_begin(store, NULL) || append(store) || store_commit(store, NULL))
        return 1;
    if (store_begin(store, NULL) || append(store) || put_many(store, 5))
        return 2;
    return 0;
}

TEST(a_killed_writer_leaves_what_it_committed_and_nothing_else)
{
    FIXTURE(fixture);
    store_close(TAKE(fixture.store));
    CHECK_INT(in_child(die_in_transaction, &fixture), 0);
    {
        CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
        CHECK_INT(newest(reader), 1);
    }
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, NULL), OK);
    CHECK_INT(newest(fixture.store), 1);
    CHECK_INT(store_check(fixture.store, NULL), OK);
}

/* ----- no room on the disk ----- */

/* From now on no file of this process may grow beyond `bytes`; RLIM_INFINITY lifts it. */
static bool limit_files(rlim_t bytes)
{
    struct rlimit limit;
    (void)signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit))
        return false;
    limit.rlim_cur = bytes;
    return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

/* What is left after a failure, and that the same connection goes on when there is room. */
static int go_on(struct store *store)
{
    int64_t seq = 0;
    if (!limit_files(RLIM_INFINITY) || store_newest_seq(store, &seq, NULL) || seq != 1)
        return 11;
    if (store_begin(store, NULL) || append(store) || store_commit(store, NULL))
        return 12;
    if (store_newest_seq(store, &seq, NULL) || seq != 2 || store_check(store, NULL))
        return 13;
    store_close(store);
    return 0;
}

/* The values wait in memory: it is COMMIT that finds no room. */
static int commit_without_room(const struct fixture *fixture)
{
    struct store *store = NULL;
    if (store_open(fixture->path, STORE_CREATE, &store, NULL) ||
        store_begin(store, NULL) || append(store) || store_commit(store, NULL))
        return 1;
    if (!limit_files(1 << 20) || store_begin(store, NULL) || append(store) ||
        put_many(store, 1))
        return 2;
    if (store_commit(store, NULL) != ERR_IO)
        return 3;
    return go_on(store);
}

/* More than the memory for pages: a statement finds no room, and SQLite gives the whole
 * transaction up. What follows must not be committed by itself. */
static int write_without_room(const struct fixture *fixture)
{
    struct store *store = NULL;
    if (store_open(fixture->path, STORE_CREATE, &store, NULL) ||
        store_begin(store, NULL) || append(store) || store_commit(store, NULL))
        return 1;
    if (!limit_files(1 << 20) || store_begin(store, NULL) || append(store))
        return 2;
    if (store_savepoint(store, NULL) || put_many(store, 5) != ERR_IO)
        return 3;
    if (store_undo(store, NULL) != ERR_IO || append(store) != ERR_IO)
        return 4;
    if (store_commit(store, NULL) != ERR_IO)
        return 5;
    return go_on(store);
}

/* The log has room, the database file has not. */
static int move_without_room(const struct fixture *fixture)
{
    struct store *store = NULL;
    if (store_open(fixture->path, STORE_CREATE, &store, NULL) ||
        store_begin(store, NULL) || append(store) || put_many(store, 2) ||
        store_commit(store, NULL))
        return 1;
    if (!limit_files(1 << 20) || store_checkpoint(store, NULL) != ERR_IO)
        return 2;
    return go_on(store);
}

TEST(without_room_on_the_disk_nothing_is_told_as_done_and_all_goes_on_when_there_is)
{
    static int (*const rows[])(const struct fixture *) = { commit_without_room,
                                                           write_without_room,
                                                           move_without_room };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        FIXTURE(fixture);
        store_close(TAKE(fixture.store));
        CHECK_INT(in_child(rows[i], &fixture), 0);
        CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, NULL), OK);
        CHECK_INT(newest(fixture.store), 2);
    }
}

/* ----- readers who may only read ----- */

/* Becomes a process that may write nothing in the folder, whoever runs the tests. */
static bool give_up_rights(void)
{
    return geteuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

static void open_to_read_only(const struct fixture *fixture)
{
    static const char *const endings[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < LENGTH_OF(endings); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s%s", fixture->path, endings[i]);
        CHECK_INT(chmod(path, 0444), 0);
    }
    CHECK_INT(chmod(fixture->folder, 0555), 0);
}

static int read_one(const struct fixture *fixture)
{
    struct store *reader = NULL;
    struct error err = { "" };
    int64_t seq = 0;
    if (!give_up_rights())
        return 1;
    if (store_open(fixture->path, STORE_READER, &reader, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    if (store_newest_seq(reader, &seq, NULL) || seq != 1)
        return 3;
    store_close(reader);
    return 0;
}

TEST(who_may_only_read_can_read_after_the_writer_closed)
{
    FIXTURE(fixture);
    append_and_commit(fixture.store);
    store_close(TAKE(fixture.store));
    open_to_read_only(&fixture);
    CHECK_INT(in_child(read_one, &fixture), 0);
    CHECK_INT(in_child(read_one, &fixture), 0); /* the first one changed nothing */
}

TEST(who_may_only_read_can_read_beside_the_writer)
{
    FIXTURE(fixture);
    append_and_commit(fixture.store);
    open_to_read_only(&fixture);
    int to_child[2], to_parent[2];
    CHECK_INT(pipe(to_child), 0);
    CHECK_INT(pipe(to_parent), 0);
    char byte = 0;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct store *reader = NULL;
        int64_t first = 0, second = 0;
        bool fine = give_up_rights() &&
                    store_open(fixture.path, STORE_READER, &reader, NULL) == OK &&
                    store_newest_seq(reader, &first, NULL) == OK;
        fine =
            write(to_parent[1], "1", 1) == 1 && read(to_child[0], &byte, 1) == 1 && fine;
        fine = fine && store_newest_seq(reader, &second, NULL) == OK;
        _exit(fine && first == 1 && second == 2 ? 0 : 1);
    }
    CHECK_INT(read(to_parent[0], &byte, 1), 1);
    append_and_commit(fixture.store);
    CHECK_INT(write(to_child[1], "2", 1), 1);
    int result = 0;
    CHECK_INT(waitpid(pid, &result, 0), pid);
    CHECK_INT(result, 0);
    for (int i = 0; i < 2; i++) {
        (void)close(to_child[i]);
        (void)close(to_parent[i]);
    }
}

/* ----- the log ----- */

static off_t size_of(const struct fixture *fixture, const char *ending)
{
    char path[128];
    struct stat info;
    (void)snprintf(path, sizeof(path), "%s%s", fixture->path, ending);
    CHECK_INT(stat(path, &info), 0);
    return info.st_size;
}

static void put_big(const struct fixture *fixture)
{
    begin(fixture->store);
    CHECK_INT(put_many(fixture->store, 2), OK);
    commit(fixture->store);
}

TEST(the_log_is_moved_when_it_has_grown_and_not_before)
{
    FIXTURE(fixture);
    off_t before = size_of(&fixture, "");
    append_and_commit(fixture.store);
    CHECK_INT(store_checkpoint(fixture.store, NULL), OK);
    CHECK_INT(size_of(&fixture, ""), before);
    put_big(&fixture);
    CHECK_INT(size_of(&fixture, ""), before);
    CHECK_INT(store_checkpoint(fixture.store, NULL), OK);
    CHECK(size_of(&fixture, "") > BIG);

    /* The next transaction begins the log anew, and it is counted anew too. */
    off_t log = size_of(&fixture, "-wal");
    append_and_commit(fixture.store);
    CHECK_INT(size_of(&fixture, "-wal"), log);
    put_big(&fixture);
    CHECK_INT(store_checkpoint(fixture.store, NULL), OK);
    CHECK(size_of(&fixture, "-wal") < 3 * (off_t)BIG);
}

TEST(a_reader_in_the_way_does_not_hurt_a_checkpoint_and_keeps_its_view)
{
    FIXTURE(fixture);
    CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
    begin(reader);
    append_and_commit(fixture.store);
    put_big(&fixture);
    CHECK_INT(store_checkpoint(fixture.store, NULL), OK);
    CHECK_INT(newest(reader), 0);
    commit(reader);
    CHECK_INT(newest(reader), 1);
    CHECK_INT(store_checkpoint(fixture.store, NULL), OK);
    CHECK(size_of(&fixture, "") > BIG);
}

TEST(a_reader_that_closes_last_does_not_move_the_log)
{
    FIXTURE(fixture);
    store_close(TAKE(fixture.store));
    CHECK_INT(in_child(die_in_transaction, &fixture), 0);
    off_t before = size_of(&fixture, ""), log = size_of(&fixture, "-wal");
    CHECK(log > 0);
    store_close(fixture_reader(&fixture));
    CHECK_INT(size_of(&fixture, ""), before);
    CHECK_INT(size_of(&fixture, "-wal"), log);
}

/* ----- checks ----- */

TEST(a_whole_database_passes_the_check)
{
    FIXTURE(fixture);
    (void)add_host(&fixture, "a.dyn.example.org");
    CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
    CHECK_INT(store_check(fixture.store, NULL), OK);
    CHECK_INT(store_check(reader, NULL), OK);
}

TEST(pages_that_were_overwritten_do_not_pass_the_check)
{
    FIXTURE(fixture);
    for (int i = 0; i < 50; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "h%d.dyn.example.org", i);
        (void)add_host(&fixture, name);
    }
    store_close(TAKE(fixture.store));
    static const char junk[4096] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    int fd = open(fixture.path, O_WRONLY);
    CHECK(fd >= 0);
    CHECK_INT(pwrite(fd, junk, sizeof(junk), size_of(&fixture, "") - (off_t)sizeof(junk)),
              sizeof(junk));
    CHECK_INT(close(fd), 0);
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, NULL), OK);
    struct error err = { "" };
    CHECK_INT(store_check(fixture.store, &err), ERR_CONFLICT);
    CHECK(err.text[0] != '\0');
}

TEST(a_reference_to_a_row_that_is_missing_does_not_pass_the_check)
{
    FIXTURE(fixture);
    (void)add_host(&fixture, "a.dyn.example.org");
    {
        CLEANUP(sql_done)
        struct sql_query query =
            sql_start(fixture.store->sql, "PRAGMA foreign_keys = OFF");
        CHECK_INT(sql_run(&query, NULL), OK);
    }
    run_sql(fixture.store, "DELETE FROM zones");
    struct error err = { "" };
    CHECK_INT(store_check(fixture.store, &err), ERR_CONFLICT);
    CHECK(strstr(err.text, "table hosts") != NULL);
}

TEST(closing_nothing_is_fine)
{
    store_close(NULL);
    sql_close(NULL);
}
