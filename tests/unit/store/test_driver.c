// SPDX-License-Identifier: GPL-3.0-or-later
/* What any driver may count on: a database that is no SQLite stands behind the door. */
#include "test.h"

#include "store/sql_driver.h"

struct fake {
    struct sql base;
    struct sql_statement statements[4];
    size_t prepared, freed, resets, rows;
    int last_put, count; /* parameters, as the driver was told of them */
    bool is_open;        /* a transaction */
    bool gives_up;       /* a commit that fails ends the transaction */
    size_t rollbacks;
    enum status commit_says, start_says;
};

static struct fake *fake_of(const struct sql *sql)
{
    return (struct fake *)(uintptr_t)sql;
}

static enum status do_begin(struct sql *sql, struct error *err)
{
    (void)err;
    fake_of(sql)->is_open = true;
    return OK;
}

static enum status do_commit(struct sql *sql, struct error *err)
{
    struct fake *fake = fake_of(sql);
    (void)err;
    if (!fake->commit_says || fake->gives_up)
        fake->is_open = false;
    return fake->commit_says;
}

static void do_rollback(struct sql *sql)
{
    fake_of(sql)->is_open = false;
    fake_of(sql)->rollbacks++;
}

static bool is_open(const struct sql *sql)
{
    return fake_of(sql)->is_open;
}

static struct sql_statement *do_prepare(struct sql *sql, const char *text)
{
    struct fake *fake = fake_of(sql);
    (void)text;
    return &fake->statements[fake->prepared++];
}

/* The connection of the test that runs: what is told a statement alone finds it here. */
static struct fake *the_fake;

static void do_free(struct sql_statement *statement)
{
    (void)statement;
    the_fake->freed++;
}

static void do_reset(struct sql_statement *statement)
{
    (void)statement;
    the_fake->resets++;
}

static bool do_put_int(struct sql_statement *statement, int at, int64_t value)
{
    (void)statement;
    the_fake->last_put = at;
    return value >= 0;
}

static enum status do_start(struct sql *sql, struct sql_statement *statement, int count,
                            struct error *err)
{
    (void)statement;
    (void)err;
    fake_of(sql)->count = count;
    return fake_of(sql)->start_says;
}

static enum status do_next(struct sql *sql, struct sql_statement *statement,
                           struct error *err)
{
    (void)statement;
    (void)err;
    return fake_of(sql)->rows++ < 2 ? OK : ERR_NOT_FOUND;
}

static int64_t do_get_int(const struct sql_statement *statement, int at)
{
    (void)statement;
    return at;
}

static enum status do_fail(const struct sql *sql, struct error *err)
{
    (void)sql;
    return FAIL(err, ERR_IO, "fake");
}

static void do_close(struct sql *sql)
{
    (void)sql;
}

static const struct sql_driver driver = {
    .close = do_close,
    .fail = do_fail,
    .begin = do_begin,
    .commit = do_commit,
    .rollback = do_rollback,
    .in_transaction = is_open,
    .prepare = do_prepare,
    .free_statement = do_free,
    .reset = do_reset,
    .put_int = do_put_int,
    .start = do_start,
    .next = do_next,
    .get_int = do_get_int,
};

static void open_fake(struct fake *fake)
{
    *fake = (struct fake){ .base = { .driver = &driver, .is_writer = true } };
    the_fake = fake;
}

TEST(a_commit_that_fails_leaves_no_transaction_whatever_the_driver_did)
{
    for (int gives_up = 0; gives_up < 2; gives_up++) {
        struct fake fake;
        open_fake(&fake);
        fake.commit_says = ERR_IO;
        fake.gives_up = gives_up;
        CHECK_INT(sql_begin(&fake.base, NULL), OK);
        CHECK_INT(sql_commit(&fake.base, NULL), ERR_IO);
        CHECK(!sql_in_transaction(&fake.base));
        CHECK_INT(fake.rollbacks, gives_up ? 0 : 1);
    }
}

TEST(what_the_database_gave_up_by_itself_is_neither_committed_nor_rolled_back)
{
    struct fake fake;
    open_fake(&fake);
    CHECK_INT(sql_begin(&fake.base, NULL), OK);
    fake.is_open = false;
    CHECK_INT(sql_commit(&fake.base, NULL), ERR_IO);
    sql_rollback(&fake.base);
    CHECK_INT(fake.rollbacks, 0);
}

TEST(parameters_count_from_one_and_columns_from_nought_in_every_row)
{
    struct fake fake;
    open_fake(&fake);
    CLEANUP(sql_done) struct sql_query query = sql_start(&fake.base, "a");
    sql_put_int(&query, 7);
    sql_put_int(&query, 7);
    CHECK_INT(fake.last_put, 2);
    for (int row = 0; row < 2; row++) {
        CHECK_INT(sql_next(&query, NULL), OK);
        CHECK_INT(fake.count, 2);
        CHECK_INT(sql_get_int(&query), 0);
        CHECK_INT(sql_get_int(&query), 1);
    }
    CHECK_INT(sql_next(&query, NULL), ERR_NOT_FOUND);
}

TEST(what_a_driver_finds_at_the_start_of_a_run_is_the_status_of_the_run)
{
    struct fake fake;
    open_fake(&fake);
    fake.start_says = ERR_EXISTS;
    CLEANUP(sql_done) struct sql_query query = sql_start(&fake.base, "a");
    CHECK_INT(sql_run(&query, NULL), ERR_EXISTS);
    CHECK_INT(fake.rows, 0);
}

TEST(a_parameter_that_is_not_taken_keeps_the_statement_from_starting)
{
    struct fake fake;
    open_fake(&fake);
    fake.count = -1;
    CLEANUP(sql_done) struct sql_query query = sql_start(&fake.base, "a");
    sql_put_int(&query, -1);
    CHECK_INT(sql_run(&query, NULL), ERR_IO);
    CHECK_INT(fake.count, -1);
}

TEST(a_statement_is_prepared_once_and_freed_with_its_connection)
{
    static const char text[] = "a";
    struct fake fake;
    open_fake(&fake);
    for (int round = 0; round < 2; round++) {
        CLEANUP(sql_done) struct sql_query query = sql_start(&fake.base, text);
        CHECK_INT(sql_next(&query, NULL), OK);
    }
    CHECK_INT(fake.prepared, 1);
    CHECK_INT(fake.resets, 2);
    {
        CLEANUP(sql_done) struct sql_query outer = sql_start(&fake.base, text);
        CLEANUP(sql_done) struct sql_query inner = sql_start(&fake.base, text);
        CHECK(outer.statement != inner.statement);
    }
    CHECK_INT(fake.prepared, 2);
    CHECK_INT(fake.freed, 1);
    sql_close(&fake.base);
    CHECK_INT(fake.freed, 2);
}
