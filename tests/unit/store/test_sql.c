// SPDX-License-Identifier: GPL-3.0-or-later
/* The driver's door, where the tables do not show it. */
#include "fixture.h"

#include <string.h>

#include "store/connection.h"
#include "store/sql.h"

TEST(a_statement_may_run_within_itself)
{
    static const char text[] = "SELECT id FROM hosts WHERE id > $1 ORDER BY id";
    FIXTURE(fixture);
    int64_t a_id = add_host(&fixture, "a.dyn.example.org");
    int64_t b_id = add_host(&fixture, "b.dyn.example.org");
    for (int round = 0; round < 2; round++) {
        CLEANUP(sql_done) struct sql_query outer = sql_start(fixture.store->sql, text);
        sql_put_int(&outer, 0);
        CHECK_INT(sql_next(&outer, NULL), OK);
        CHECK_INT(sql_get_int(&outer), a_id);
        CLEANUP(sql_done) struct sql_query inner = sql_start(fixture.store->sql, text);
        sql_put_int(&inner, a_id);
        CHECK_INT(sql_next(&inner, NULL), OK);
        CHECK_INT(sql_get_int(&inner), b_id);
        CHECK_INT(sql_next(&inner, NULL), ERR_NOT_FOUND);
        CHECK_INT(sql_next(&outer, NULL), OK);
        CHECK_INT(sql_get_int(&outer), b_id);
    }
}

TEST(a_text_that_is_no_sql_fails_when_it_runs)
{
    FIXTURE(fixture);
    struct error err = { "" };
    CLEANUP(sql_done) struct sql_query query = sql_start(fixture.store->sql, "NONSENSE");
    sql_put_int(&query, 1);
    sql_put_text(&query, STR("a"));
    sql_put_null(&query);
    CHECK_INT(sql_next(&query, &err), ERR_IO);
    CHECK(strstr(err.text, "NONSENSE") != NULL);
}

TEST(a_parameter_too_many_fails_when_it_runs)
{
    FIXTURE(fixture);
    for (int kind = 0; kind < 4; kind++) {
        CLEANUP(sql_done)
        struct sql_query query = sql_start(fixture.store->sql, "SELECT id FROM hosts");
        if (kind == 0)
            sql_put_int(&query, 1);
        else if (kind == 1)
            sql_put_text(&query, STR("a"));
        else if (kind == 2)
            sql_put_blob(&query, STR("a"));
        else
            sql_put_null(&query);
        CHECK_INT(sql_next(&query, NULL), ERR_IO);
    }
}

TEST(nothing_and_null_are_two_things)
{
    FIXTURE(fixture);
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        fixture.store->sql, "SELECT $1 IS NULL, $2 IS NULL, $3 IS NULL, $4, $5");
    sql_put_null(&query);
    sql_put_blob(&query, (struct str){ NULL, 0 });
    sql_put_text(&query, (struct str){ NULL, 0 });
    sql_put_blob(&query, STR("a\0b"));
    sql_put_int(&query, INT64_MIN);
    CHECK_INT(sql_next(&query, NULL), OK);
    CHECK_INT(sql_get_int(&query), 1);
    CHECK_INT(sql_get_int(&query), 0);
    CHECK_INT(sql_get_int(&query), 0);
    CHECK(str_equal(sql_get_bytes(&query), STR("a\0b")));
    CHECK_INT(sql_get_int(&query), INT64_MIN);
}

/* A damaged file must not be able to make us run its own functions, and nobody may edit the
 * schema by hand through our connection. */
TEST(the_guards_of_the_database_are_up)
{
    static const struct {
        const char *text;
        int64_t want;
    } rows[] = {
        { "PRAGMA foreign_keys", 1 },    { "PRAGMA trusted_schema", 0 },
        { "PRAGMA cell_size_check", 1 }, { "PRAGMA mmap_size", 0 },
        { "PRAGMA synchronous", 2 },     { "PRAGMA wal_autocheckpoint", 0 },
        { "PRAGMA busy_timeout", 5000 },
    };
    FIXTURE(fixture);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(sql_done)
        struct sql_query query = sql_start(fixture.store->sql, rows[i].text);
        enum status status = sql_next(&query, NULL);
        /* This one is silent when it is off. */
        if (strcmp(rows[i].text, "PRAGMA mmap_size") == 0 && status == ERR_NOT_FOUND)
            continue;
        CHECK_INT(status, OK);
        CHECK_INT(sql_get_int(&query), rows[i].want);
    }
    begin(fixture.store);
    CHECK_INT(sql_script(fixture.store->sql,
                         "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema;", NULL),
              ERR_IO);
    store_rollback(fixture.store);
}
