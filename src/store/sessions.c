// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define COLUMNS \
    "digest, account_id, created_s, used_s, fresh_s, expires_s, keep, source, agent"
#define SELECT "SELECT id, " COLUMNS " FROM sessions "

static enum status get(struct sql_query *query, struct session_row *out,
                       struct error *err)
{
    struct session_row row = { .id = sql_get_int(query) };
    value_get_exactly(query, row.digest.bytes, sizeof(row.digest.bytes));
    row.account_id = sql_get_int(query);
    row.created_s = sql_get_int(query);
    row.used_s = sql_get_int(query);
    row.fresh_s = sql_get_int(query);
    row.expires_s = sql_get_int(query);
    row.keep = value_get_bool(query);
    value_get_ip(query, &row.source);
    value_get_zero_ended(query, row.agent, sizeof(row.agent));
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_session_insert(struct store *store, struct session_row *row,
                                 struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "INSERT INTO sessions (" COLUMNS
                              ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                              " RETURNING id");
    sql_put_blob(&query, digest_bytes(&row->digest));
    sql_put_int(&query, row->account_id);
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, row->used_s);
    sql_put_int(&query, row->fresh_s);
    sql_put_int(&query, row->expires_s);
    sql_put_int(&query, row->keep);
    value_put_ip(&query, &row->source);
    value_put_zero_ended(&query, row->agent);
    enum status status = sql_next(&query, err);
    if (!status)
        row->id = sql_get_int(&query);
    return status;
}

static enum status get_one(struct sql_query *query, struct session_row *out,
                           struct error *err)
{
    enum status status = sql_next(query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no such session");
    return status ? status : get(query, out, err);
}

enum status store_session_find(struct store *store, int64_t id, struct session_row *out,
                               struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    return get_one(&query, out, err);
}

enum status store_session_find_digest(struct store *store, struct digest digest,
                                      struct session_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, SELECT "WHERE digest = $1");
    sql_put_blob(&query, digest_bytes(&digest));
    return get_one(&query, out, err);
}

enum status store_session_set_used(struct store *store, int64_t id, int64_t used_s,
                                   struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "UPDATE sessions SET used_s = $1 WHERE id = $2 AND used_s < $3");
    sql_put_int(&query, used_s);
    sql_put_int(&query, id);
    sql_put_int(&query, used_s);
    return sql_run(&query, err);
}

enum status store_session_renew(struct store *store, const struct session_row *row,
                                struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "UPDATE sessions SET digest = $1, fresh_s = $2 WHERE id = $3");
    sql_put_blob(&query, digest_bytes(&row->digest));
    sql_put_int(&query, row->fresh_s);
    sql_put_int(&query, row->id);
    return sql_run_on_rows(&query, err);
}

enum status store_session_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM sessions WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_session_remove_account(struct store *store, int64_t account_id,
                                         int64_t but_id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM sessions WHERE account_id = $1 AND id <> $2",
                    account_id);
    sql_put_int(&query, but_id);
    return sql_run(&query, err);
}

enum status store_session_list(struct store *store, int64_t account_id,
                               struct store_page page,
                               enum status (*fn)(void *ctx,
                                                 const struct session_row *row),
                               void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, SELECT "WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        account_id);
    query_put_page(&query, page);
    enum status status = OK;
    for (struct session_row row; query_next(&query, &status, err);) {
        status = get(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_session_trim(struct store *store, int64_t now_s, size_t limit,
                               size_t *removed, struct error *err)
{
    static const char text[] = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions"
                               " WHERE expires_s <= $1 LIMIT $2)";
    return query_trim(store->sql, text, now_s, limit, removed, err);
}
