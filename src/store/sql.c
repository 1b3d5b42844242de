// SPDX-License-Identifier: GPL-3.0-or-later
/* What is the same for every database: which statements are kept and how they are run, the rules
 * of a transaction, the fault points. The rest is the driver's. */
#include "store/sql_driver.h"

#include <assert.h>

#include "base/fault.h"

void sql_close(struct sql *sql)
{
    if (!sql)
        return;
    for (size_t i = 0; i < SQL_STATEMENT_SLOTS; i++)
        if (sql->slots[i])
            sql->driver->free_statement(sql->slots[i]);
    sql->driver->close(sql);
}

/* ----- transactions ----- */

bool sql_in_transaction(const struct sql *sql)
{
    return sql->driver->in_transaction(sql);
}

enum status sql_begin(struct sql *sql, struct error *err)
{
    assert(!sql_in_transaction(sql));
    if (sql->is_writer && fault_hit("store.begin"))
        return FAIL(err, ERR_IO, "database: fault at begin");
    return sql->driver->begin(sql, err);
}

enum status sql_commit(struct sql *sql, struct error *err)
{
    if (!sql_in_transaction(sql))
        return FAIL(err, ERR_IO, "database: the transaction was given up before");
    enum status status = OK;
    if (sql->is_writer && fault_hit("store.commit"))
        status = FAIL(err, ERR_IO, "database: fault at commit");
    else
        status = sql->driver->commit(sql, err);
    if (status)
        sql_rollback(sql);
    return status;
}

void sql_rollback(struct sql *sql)
{
    if (sql_in_transaction(sql))
        sql->driver->rollback(sql);
}

/* ----- statements ----- */

/* The slot of this text, or the free one where it belongs. */
static struct sql_statement **find_slot(struct sql *sql, const char *text)
{
    size_t at = (size_t)(((uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
    while (sql->slots[at] && sql->slots[at]->text != text)
        at = (at + 1) % SQL_STATEMENT_SLOTS;
    return &sql->slots[at];
}

static struct sql_statement *prepare(struct sql *sql, const char *text)
{
    struct sql_statement *statement = sql->driver->prepare(sql, text);
    if (statement)
        *statement = (struct sql_statement){ .text = text };
    return statement;
}

static void keep(struct sql *sql, struct sql_statement **slot,
                 struct sql_statement *statement)
{
    statement->is_kept = true;
    *slot = statement;
    sql->slots_used++;
    assert(sql->slots_used < SQL_STATEMENT_SLOTS);
}

/* A text that is running already (a walk within a walk) gets a second statement, which
 * lives for this run alone. */
struct sql_query sql_start(struct sql *sql, const char *text)
{
    struct sql_statement **slot = find_slot(sql, text);
    struct sql_statement *statement = *slot;
    if (!statement || statement->in_use)
        statement = prepare(sql, text);
    if (statement && !*slot)
        keep(sql, slot, statement);
    if (statement)
        statement->in_use = true;
    return (struct sql_query){ .sql = sql, .statement = statement };
}

void sql_done(struct sql_query *query)
{
    struct sql_statement *statement = TAKE(query->statement);
    if (!statement)
        return;
    statement->in_use = false;
    if (statement->is_kept)
        query->sql->driver->reset(statement);
    else
        query->sql->driver->free_statement(statement);
}

void sql_put_text(struct sql_query *query, struct str value)
{
    struct sql_statement *statement = query->statement;
    if (statement && !query->sql->driver->put_text(statement, ++query->next, value))
        query->failed = true;
}

void sql_put_blob(struct sql_query *query, struct str value)
{
    struct sql_statement *statement = query->statement;
    if (statement && !query->sql->driver->put_blob(statement, ++query->next, value))
        query->failed = true;
}

void sql_put_int(struct sql_query *query, int64_t value)
{
    struct sql_statement *statement = query->statement;
    if (statement && !query->sql->driver->put_int(statement, ++query->next, value))
        query->failed = true;
}

void sql_put_null(struct sql_query *query)
{
    struct sql_statement *statement = query->statement;
    if (statement && !query->sql->driver->put_null(statement, ++query->next))
        query->failed = true;
}

/* What comes before the first row. */
static enum status start(struct sql_query *query, struct error *err)
{
    struct sql *sql = query->sql;
    if (!query->statement || query->failed)
        return sql->driver->fail(sql, err);
    if (fault_hit(sql->is_writer ? "store.step" : "store.read"))
        return FAIL(err, ERR_IO, "database: fault at a statement");
    enum status status = sql->driver->start(sql, query->statement, query->next, err);
    query->running = status == OK;
    return status;
}

enum status sql_next(struct sql_query *query, struct error *err)
{
    if (!query->running) {
        enum status status = start(query, err);
        if (status)
            return status;
    }
    query->next = 0;
    return query->sql->driver->next(query->sql, query->statement, err);
}

enum status sql_run(struct sql_query *query, struct error *err)
{
    enum status status = sql_next(query, err);
    return status == ERR_NOT_FOUND ? OK : status;
}

int64_t sql_touched(const struct sql_query *query)
{
    return query->sql->driver->touched(query->sql, query->statement);
}

enum status sql_run_on_rows(struct sql_query *query, struct error *err)
{
    enum status status = sql_run(query, err);
    if (status)
        return status;
    return sql_touched(query) ? OK : FAIL(err, ERR_NOT_FOUND, "no such row");
}

int64_t sql_get_int(struct sql_query *query)
{
    return query->sql->driver->get_int(query->statement, query->next++);
}

struct str sql_get_bytes(struct sql_query *query)
{
    return query->sql->driver->get_bytes(query->statement, query->next++);
}

enum status sql_intact(const struct sql_query *query, struct error *err)
{
    if (!query->damaged)
        return OK;
    return FAIL(err, ERR_IO, "database: a row holds what it may not: %s",
                query->statement->text);
}

/* ----- the whole database ----- */

enum status sql_script(struct sql *sql, const char *text, struct error *err)
{
    assert(sql_in_transaction(sql));
    if (fault_hit("store.step"))
        return FAIL(err, ERR_IO, "database: fault at a script");
    return sql->driver->script(sql, text, err);
}

enum status sql_has_table(struct sql *sql, const char *name, bool *out, struct error *err)
{
    return sql->driver->has_table(sql, name, out, err);
}

enum status sql_settle(struct sql *sql, struct error *err)
{
    return sql->driver->settle(sql, err);
}

enum status sql_check(struct sql *sql, struct error *err)
{
    return sql->driver->check(sql, err);
}

enum status sql_checkpoint(struct sql *sql, struct error *err)
{
    assert(sql->is_writer && !sql_in_transaction(sql));
    return sql->driver->checkpoint(sql, err);
}

enum status sql_copy(struct sql *sql, const char *path, bool (*go_on)(void *ctx),
                     void *ctx, struct error *err)
{
    return sql->driver->copy(sql, path, go_on, ctx, err);
}

enum status sql_stand_alone(struct sql *sql, struct error *err)
{
    return sql->driver->stand_alone(sql, err);
}

enum status sql_wipe_deleted(struct sql *sql, struct error *err)
{
    return sql->driver->wipe_deleted(sql, err);
}
