// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/store.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "store/connection.h"
#include "store/lock.h"
#include "store/schema.h"

/* ----- opening ----- */

/* Tables are there, of whatever version. */
static enum status expect_tables(struct sql *sql, struct error *err)
{
    int64_t version = 0;
    enum status status = schema_version(sql, &version, err);
    if (!status && version == 0)
        return FAIL(err, ERR_NOT_FOUND, "empty: it has to be set up first");
    return status;
}

static enum status open_writer(struct store *store, const char *path, struct error *err)
{
    if (store->mode == STORE_WRITER && access(path, F_OK) != 0 && errno == ENOENT)
        return FAIL(err, ERR_NOT_FOUND, "not there: it has to be set up first");
    enum status status = lock_take(path, &store->lock, err);
    if (!status)
        status = sql_open(path, store->mode == STORE_CREATE ? SQL_MAKER : SQL_WRITER,
                          &store->sql, err);
    if (!status && store->mode == STORE_WRITER)
        status = expect_tables(store->sql, err);
    if (!status)
        status = schema_update(store->sql, schema_steps, schema_step_count, err);
    return status ? status : sql_settle(store->sql, err);
}

static enum status open_reader(struct store *store, const char *path, struct error *err)
{
    enum status status = sql_open(path, SQL_READER, &store->sql, err);
    if (status)
        return status;
    return schema_expect(store->sql, schema_step_count, err);
}

enum status store_open(const char *path, enum store_mode mode, struct store **out,
                       struct error *err)
{
    CLEANUP(store_closep) struct store *store = NEW(struct store);
    *store = (struct store){ .mode = mode, .lock = -1 };
    enum status status = mode == STORE_READER ? open_reader(store, path, err)
                                              : open_writer(store, path, err);
    if (status) {
        error_prefix(err, "%s", path);
        return status;
    }
    *out = TAKE(store);
    return OK;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    sql_close(store->sql);
    file_close(store->lock); /* last: until here nobody else may write */
    mem_free(store);
}

/* ----- transactions ----- */

enum status store_begin(struct store *store, struct error *err)
{
    return sql_begin(store->sql, err);
}

enum status store_commit(struct store *store, struct error *err)
{
    return sql_commit(store->sql, err);
}

void store_rollback(struct store *store)
{
    sql_rollback(store->sql);
}

/* A savepoint outside of a transaction would begin one, and nothing would end it. */
static enum status run_within(struct store *store, const char *text, struct error *err)
{
    if (!sql_in_transaction(store->sql))
        return FAIL(err, ERR_IO, "database: no transaction is open");
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    return sql_run(&query, err);
}

static const char release_text[] = "RELEASE SAVEPOINT change";

enum status store_savepoint(struct store *store, struct error *err)
{
    return run_within(store, "SAVEPOINT change", err);
}

enum status store_release(struct store *store, struct error *err)
{
    return run_within(store, release_text, err);
}

enum status store_undo(struct store *store, struct error *err)
{
    enum status status = run_within(store, "ROLLBACK TO SAVEPOINT change", err);
    return status ? status : run_within(store, release_text, err);
}

/* ----- the whole ----- */

enum status store_checkpoint(struct store *store, struct error *err)
{
    return sql_checkpoint(store->sql, err);
}

enum status store_stand_alone(struct store *store, struct error *err)
{
    return sql_stand_alone(store->sql, err);
}

enum status store_newest_seq(struct store *store, int64_t *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, "SELECT max(seq) FROM changes");
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    *out = sql_get_int(&query);
    return OK;
}

enum status store_check(struct store *store, struct error *err)
{
    return sql_check(store->sql, err);
}
