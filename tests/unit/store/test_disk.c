// SPDX-License-Identifier: GPL-3.0-or-later
/* A disk that fails at every single call, fills up, does not sync, or loses its power. What was
 * told as committed is there afterwards; what is there was asked for. */
#include "fixture.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"
#include "store/backup.h"
#include "store/connection.h"
#include "store/schema.h"

enum {
    COMMITS = 8,
    SETTLE_EVERY = 3, /* the log goes to the database as often as that */
    CUTS = 100,
    KILLS = 50,
    ROUNDS_MAX = 3000 /* no run has so many calls */
};

/* What is known of a run: bit n is account n. */
struct ledger {
    unsigned told, unknown; /* told as committed; COMMIT failed */
};

static void name_account(int n, char *out, size_t size)
{
    (void)snprintf(out, size, "user%d@example.org", n);
}

static enum status add(struct store *store, int n)
{
    char email[EMAIL_SIZE];
    name_account(n, email, sizeof(email));
    struct account_row row = account_of(email);
    struct change_row change = { .kind = CHANGE_ACCOUNT, .id = n + 1 };
    enum status status = store_change_append(store, &change, NULL);
    return status ? status : store_account_insert(store, &row, NULL);
}

/* As front does: what fails before COMMIT is rolled back and goes on; when COMMIT fails, the
 * process ends and begins again from the disk. False: it cannot begin again. */
static bool commit_one(struct fixture *fixture, struct ledger *ledger, int n)
{
    if (!fixture->store && store_open(fixture->path, STORE_WRITER, &fixture->store, NULL))
        return false;
    struct store *store = fixture->store;
    assert(store);
    if (store_begin(store, NULL))
        return true;
    if (add(store, n)) {
        store_rollback(store);
        return true;
    }
    if (store_commit(store, NULL)) {
        ledger->unknown |= 1U << n;
        store_close(TAKE(fixture->store));
        return true;
    }
    ledger->told |= 1U << n;
    if (n % SETTLE_EVERY == SETTLE_EVERY - 1) {
        enum status settled = sql_settle(store->sql, NULL);
        (void)settled; /* trouble with it is trouble with a later commit */
    }
    return true;
}

static void run(struct fixture *fixture, struct ledger *ledger)
{
    for (int n = 0; n < COMMITS; n++)
        if (!commit_one(fixture, ledger, n))
            return;
}

static bool has_account(struct store *store, int n)
{
    char email[EMAIL_SIZE];
    struct account_row row;
    name_account(n, email, sizeof(email));
    enum status status = store_account_find_email(store, str_from(email), &row, NULL);
    CHECK(status == OK || status == ERR_NOT_FOUND);
    return status == OK;
}

/* The disk is well again. */
static void check_ledger(struct fixture *fixture, const struct ledger *ledger)
{
    store_close(TAKE(fixture->store));
    CHECK_INT(store_open(fixture->path, STORE_WRITER, &fixture->store, NULL), OK);
    CHECK_INT(store_check(fixture->store, NULL), OK);
    for (int n = 0; n < COMMITS; n++) {
        bool there = has_account(fixture->store, n);
        if (ledger->told & 1U << n)
            CHECK(there);
        else if (!(ledger->unknown & 1U << n))
            CHECK(!there);
    }
}

static void begin_run(struct fixture *fixture)
{
    disk_install();
    disk_arm(DISK_WELL, 0, false);
    fixture_folder(fixture);
    CHECK_INT(store_open(fixture->path, STORE_CREATE, &fixture->store, NULL), OK);
}

TEST(a_failure_of_every_call_once_or_for_good_loses_nothing_that_was_told)
{
    static const struct {
        enum disk_trouble trouble;
        bool sticky;
    } rows[] = { { DISK_IO_ERROR, false },   { DISK_IO_ERROR, true },
                 { DISK_FULL, false },       { DISK_FULL, true },
                 { DISK_SHORT, false },      { DISK_SHORT, true },
                 { DISK_SYNC_FAILS, false }, { DISK_SYNC_FAILS, true } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint64_t n = 1, hits = 1;
        for (; hits > 0 && n < ROUNDS_MAX; n++) {
            __attribute__((cleanup(fixture_close))) struct fixture fixture;
            struct ledger ledger = { 0 };
            begin_run(&fixture);
            disk_arm(rows[i].trouble, n, rows[i].sticky);
            run(&fixture, &ledger);
            hits = disk_hits();
            disk_arm(DISK_WELL, 0, false);
            check_ledger(&fixture, &ledger);
        }
        CHECK(n > COMMITS && n < ROUNDS_MAX);
    }
}

TEST(a_commit_whose_sync_fails_is_never_told_as_done)
{
    for (int n = 1; n <= COMMITS; n++) {
        __attribute__((cleanup(fixture_close))) struct fixture fixture;
        struct ledger ledger = { 0 };
        begin_run(&fixture);
        for (int i = 0; i < n - 1; i++)
            CHECK(commit_one(&fixture, &ledger, i));
        begin(fixture.store);
        CHECK_INT(add(fixture.store, n - 1), OK);
        disk_arm(DISK_SYNC_FAILS, 1, false);
        CHECK_INT(store_commit(fixture.store, NULL), ERR_IO);
        CHECK_INT(disk_hits(), 1);
        disk_arm(DISK_WELL, 0, false);
        ledger.unknown |= 1U << (n - 1);
        check_ledger(&fixture, &ledger);
    }
}

/* How many calls a run without trouble makes. */
static uint64_t count_calls(void)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    struct ledger ledger = { 0 };
    begin_run(&fixture);
    disk_arm(DISK_IO_ERROR, UINT64_MAX, false);
    run(&fixture, &ledger);
    uint64_t calls = disk_calls();
    disk_arm(DISK_WELL, 0, false);
    CHECK_INT(ledger.told, (1U << COMMITS) - 1);
    return calls;
}

TEST(a_power_cut_at_any_moment_loses_nothing_that_was_told)
{
    uint64_t calls = count_calls();
    for (uint64_t cut = 1; cut <= CUTS; cut++) {
        __attribute__((cleanup(fixture_close))) struct fixture fixture;
        struct ledger ledger = { 0 };
        begin_run(&fixture);
        disk_arm(DISK_CUT, 1 + cut * (calls - 1) / CUTS, false);
        run(&fixture, &ledger);
        CHECK_INT(disk_hits(), 1);
        store_close(TAKE(fixture.store));
        disk_power_on(cut);
        check_ledger(&fixture, &ledger);
    }
}

/* ----- a step of the schema ----- */

/* A database of the first version, with rows in the table that the next step changes. */
static void make_old(struct fixture *fixture)
{
    disk_install();
    disk_arm(DISK_WELL, 0, false);
    fixture_folder(fixture);
    CLEANUP(sql_closep) struct sql *sql = NULL;
    CHECK_INT(sql_open(fixture->path, SQL_MAKER, &sql, NULL), OK);
    CHECK_INT(schema_update(sql, schema_steps, 1, NULL), OK);
    CHECK_INT(sql_begin(sql, NULL), OK);
    CHECK_INT(
        sql_script(sql,
                   "INSERT INTO tombstones WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
                   " SELECT i + 1 FROM n WHERE i < 3000)"
                   " SELECT CAST(printf('%08d', i) AS BLOB), 1, i FROM n",
                   NULL),
        OK);
    CHECK_INT(sql_commit(sql, NULL), OK);
    CHECK_INT(sql_settle(sql, NULL), OK);
}

static bool has_index(struct sql *sql)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(sql, "SELECT count(*) FROM sqlite_schema WHERE name IN"
                       " ('records_by_end', 'tombstones_by_end')");
    CHECK_INT(sql_next(&query, NULL), OK);
    int64_t count = sql_get_int(&query);
    CHECK(count == 0 || count == 2);
    return count == 2;
}

/* Old or new, and never something of both; then new. Gives whether it was new already. */
static bool check_version(struct fixture *fixture)
{
    int64_t version = 0;
    {
        CLEANUP(sql_closep) struct sql *sql = NULL;
        CHECK_INT(sql_open(fixture->path, SQL_MAKER, &sql, NULL), OK);
        CHECK_INT(schema_version(sql, &version, NULL), OK);
        CHECK(version >= 1 && version <= (int64_t)schema_step_count);
        CHECK_INT(has_index(sql), version > 1);
        CHECK_INT(sql_check(sql, NULL), OK);
    }
    CHECK_INT(store_open(fixture->path, STORE_WRITER, &fixture->store, NULL), OK);
    CHECK(has_index(fixture->store->sql));
    CHECK_INT(store_check(fixture->store, NULL), OK);
    return version > 1;
}

static uint64_t count_step_calls(void)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    make_old(&fixture);
    disk_arm(DISK_IO_ERROR, UINT64_MAX, false);
    CHECK_INT(store_open(fixture.path, STORE_WRITER, &fixture.store, NULL), OK);
    uint64_t calls = disk_calls();
    disk_arm(DISK_WELL, 0, false);
    return calls;
}

static uint64_t kill_at;

static int upgrade(const struct fixture *fixture)
{
    struct store *store = NULL;
    disk_arm(DISK_KILL, kill_at, false);
    enum status status = store_open(fixture->path, STORE_WRITER, &store, NULL);
    return status == OK ? 0 : 1;
}

TEST(a_kill_at_any_point_of_a_schema_step_leaves_the_old_one_or_the_new_one)
{
    uint64_t calls = count_step_calls();
    size_t old = 0, new = 0;
    CHECK(calls >= KILLS);
    for (uint64_t n = 1; n <= KILLS; n++) {
        __attribute__((cleanup(fixture_close))) struct fixture fixture;
        make_old(&fixture);
        kill_at = 1 + (n - 1) * (calls - 1) / (KILLS - 1);
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0)
            _exit(upgrade(&fixture));
        int result = 0;
        CHECK_INT(waitpid(pid, &result, 0), pid);
        CHECK(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
        *(check_version(&fixture) ? &new : &old) += 1;
    }
    CHECK(old > 0 && new > 0);
}

TEST(a_power_cut_at_any_point_of_a_schema_step_leaves_the_old_one_or_the_new_one)
{
    uint64_t calls = count_step_calls();
    size_t old = 0, new = 0;
    for (uint64_t n = 1; n <= CUTS; n++) {
        __attribute__((cleanup(fixture_close))) struct fixture fixture;
        make_old(&fixture);
        disk_arm(DISK_CUT, 1 + (n - 1) * (calls - 1) / (CUTS - 1), false);
        CHECK_INT(store_open(fixture.path, STORE_WRITER, &fixture.store, NULL), ERR_IO);
        CHECK_INT(disk_hits(), 1);
        disk_power_on(n);
        *(check_version(&fixture) ? &new : &old) += 1;
    }
    CHECK(old > 0 && new > 0);
}

/* ----- a backup ----- */

static bool go_on(void *ctx)
{
    (void)ctx;
    return true;
}

TEST(a_backup_on_a_disk_that_fails_is_refused_and_leaves_nothing)
{
    FIXTURE(fixture);
    disk_install();
    char path[128];
    (void)snprintf(path, sizeof(path), "%s.copy", fixture.path);
    const struct backup_order order = {
        .database = fixture.path, .path = path, .keys = STR("key"), .go_on = go_on
    };
    struct backup_info info;
    uint64_t n = 1;
    for (;; n++) {
        disk_arm(DISK_IO_ERROR, n, false);
        enum status status = backup_make(&order, &info, NULL);
        uint64_t hits = disk_hits();
        disk_arm(DISK_WELL, 0, false);
        if (hits == 0) {
            CHECK_INT(status, OK);
            break;
        }
        if (status == OK) /* a hint that could be done without */
            continue;
        CHECK(access(path, F_OK) != 0);
    }
    CHECK(n > 20);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(store_check(fixture.store, NULL), OK);
}
