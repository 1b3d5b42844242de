// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/connection.h"
#include "store/schema.h"

static void put_version(struct fixture *fixture, const char *version)
{
    begin(fixture->store);
    CHECK_INT(store_setting_put(fixture->store, "schema", str_from(version), NULL), OK);
    commit(fixture->store);
    store_close(TAKE(fixture->store));
}

TEST(a_newer_schema_is_refused_with_path_and_versions)
{
    static const enum store_mode modes[] = { STORE_CREATE, STORE_READER };
    FIXTURE(fixture);
    put_version(&fixture, "99");
    for (size_t i = 0; i < LENGTH_OF(modes); i++) {
        struct error err = { "" };
        struct store *store = NULL;
        CHECK_INT(store_open(fixture.path, modes[i], &store, &err), ERR_CONFLICT);
        CHECK(store == NULL);
        CHECK(strstr(err.text, fixture.path) != NULL);
        CHECK(strstr(err.text, "version 99") != NULL);
        char own[64];
        (void)snprintf(own, sizeof(own), "this program's is %zu", schema_step_count);
        CHECK(strstr(err.text, own) != NULL);
    }
}

TEST(a_version_that_is_no_number_is_refused)
{
    FIXTURE(fixture);
    put_version(&fixture, "one");
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, NULL), ERR_CONFLICT);
}

TEST(a_database_without_a_version_is_refused)
{
    FIXTURE(fixture);
    run_sql(fixture.store, "DELETE FROM settings");
    store_close(TAKE(fixture.store));
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, NULL), ERR_CONFLICT);
}

TEST(the_database_of_another_program_is_refused_and_left_alone)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_folder(&fixture);
    CLEANUP(sql_closep) struct sql *sql = NULL;
    CHECK_INT(sql_open(fixture.path, SQL_MAKER, &sql, NULL), OK);
    CHECK_INT(sql_begin(sql, NULL), OK);
    CHECK_INT(sql_script(sql, "CREATE TABLE theirs (a INTEGER)", NULL), OK);
    CHECK_INT(sql_commit(sql, NULL), OK);
    struct error err = { "" };
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, &err), ERR_CONFLICT);
    CHECK(strstr(err.text, "another program") != NULL);
    bool has_hosts = true;
    CHECK_INT(sql_has_table(sql, "hosts", &has_hosts, NULL), OK);
    CHECK(!has_hosts);
}

TEST(a_file_that_is_no_database_is_trouble)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_folder(&fixture);
    static const char text[2048] = "This is not a database, whatever its name says.";
    CHECK_INT(file_replace(fixture.path, str_bytes(text, sizeof(text)), 0600, NULL), OK);
    CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, NULL), ERR_IO);
    CHECK_INT(store_open(fixture.path, STORE_READER, &fixture.store, NULL), ERR_IO);
}

TEST(opening_again_does_no_step_twice_and_keeps_the_rows)
{
    FIXTURE(fixture);
    for (int i = 0; i < 3; i++)
        fixture_reopen(&fixture);
    struct account_row row;
    CHECK_INT(store_account_find(fixture.store, fixture.account_id, &row, NULL), OK);
}

TEST(steps_are_numbered_from_one_without_a_gap)
{
    CHECK(schema_step_count > 0);
    for (size_t i = 0; i < schema_step_count; i++)
        CHECK_INT(schema_steps[i].number, i + 1);
}

/* Steps of a database that never was, to see what stays of a step that does not end. */
static const struct schema_step good_steps[] = {
    { 1, "0001-first.sql",
      "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;" },
    { 2, "0002-second.sql", "CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER);" },
};
static const struct schema_step bad_steps[] = {
    { 1, "0001-first.sql",
      "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;" },
    { 2, "0002-second.sql", "CREATE TABLE a (x INTEGER); CREATE NONSENSE;" },
};

static void check_state(struct sql *sql, int64_t want_version, bool want_a, bool want_b)
{
    int64_t version = -1;
    bool has_a = !want_a, has_b = !want_b;
    CHECK_INT(schema_version(sql, &version, NULL), OK);
    CHECK_INT(version, want_version);
    CHECK_INT(sql_has_table(sql, "a", &has_a, NULL), OK);
    CHECK_INT(has_a, want_a);
    CHECK_INT(sql_has_table(sql, "b", &has_b, NULL), OK);
    CHECK_INT(has_b, want_b);
}

TEST(a_step_that_fails_leaves_the_version_before_it_whole)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_folder(&fixture);
    CLEANUP(sql_closep) struct sql *sql = NULL;
    struct error err = { "" };
    CHECK_INT(sql_open(fixture.path, SQL_MAKER, &sql, NULL), OK);
    CHECK_INT(schema_update(sql, bad_steps, 2, &err), ERR_IO);
    CHECK(strstr(err.text, "0002-second.sql") != NULL);
    check_state(sql, 1, false, false);
    CHECK_INT(schema_expect(sql, 2, NULL), ERR_CONFLICT);
    CHECK_INT(schema_update(sql, good_steps, 2, &err), OK);
    check_state(sql, 2, true, true);
    CHECK_INT(schema_expect(sql, 2, NULL), OK);
}

/* Begins the second step and dies in its middle. */
static int die_in_step(const struct fixture *fixture)
{
    struct sql *sql = NULL;
    if (sql_open(fixture->path, SQL_MAKER, &sql, NULL) ||
        schema_update(sql, good_steps, 1, NULL) || sql_begin(sql, NULL) ||
        sql_script(sql, good_steps[1].sql, NULL))
        return 1;
    return 0;
}

TEST(a_process_that_dies_within_a_step_leaves_the_version_before_it_whole)
{
    __attribute__((cleanup(fixture_close))) struct fixture fixture;
    fixture_folder(&fixture);
    CHECK_INT(in_child(die_in_step, &fixture), 0);
    CLEANUP(sql_closep) struct sql *sql = NULL;
    CHECK_INT(sql_open(fixture.path, SQL_MAKER, &sql, NULL), OK);
    check_state(sql, 1, false, false);
    CHECK_INT(schema_update(sql, good_steps, 2, NULL), OK);
    check_state(sql, 2, true, true);
}
