// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

enum status store_totp_put(struct store *store, const struct totp_row *row,
                           struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "INSERT INTO totp (account_id, seed, is_on, last_step, created_s)"
                    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id) DO UPDATE"
                    " SET seed = excluded.seed, is_on = excluded.is_on,"
                    " last_step = excluded.last_step, created_s = excluded.created_s");
    sql_put_int(&query, row->account_id);
    sql_put_blob(&query, str_bytes(row->seed, row->seed_n));
    sql_put_int(&query, row->is_on);
    sql_put_int(&query, row->last_step);
    sql_put_int(&query, row->created_s);
    return sql_run(&query, err);
}

enum status store_totp_find(struct store *store, int64_t account_id, struct totp_row *out,
                            struct error *err)
{
    struct totp_row row = { .account_id = account_id };
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql,
                    "SELECT seed, is_on, last_step, created_s FROM totp"
                    " WHERE account_id = $1",
                    account_id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "the account has no second factor");
    if (status)
        return status;
    row.seed_n = value_get_at_most(&query, row.seed, sizeof(row.seed));
    row.is_on = value_get_bool(&query);
    row.last_step = sql_get_int(&query);
    row.created_s = sql_get_int(&query);
    status = sql_intact(&query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_totp_use(struct store *store, int64_t account_id, int64_t step,
                           struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "UPDATE totp SET is_on = 1, last_step = $1"
                              " WHERE account_id = $2 AND last_step < $3");
    sql_put_int(&query, step);
    sql_put_int(&query, account_id);
    sql_put_int(&query, step);
    return sql_run_on_rows(&query, err);
}

enum status store_totp_remove(struct store *store, int64_t account_id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM totp WHERE account_id = $1", account_id);
    return sql_run_on_rows(&query, err);
}

enum status store_recovery_add(struct store *store, int64_t account_id,
                               struct digest digest, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "INSERT INTO recovery_codes (account_id, digest) VALUES ($1, $2)",
        account_id);
    sql_put_blob(&query, digest_bytes(&digest));
    return sql_run(&query, err);
}

enum status store_recovery_use(struct store *store, int64_t account_id,
                               struct digest digest, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "DELETE FROM recovery_codes WHERE account_id = $1 AND digest = $2",
        account_id);
    sql_put_blob(&query, digest_bytes(&digest));
    return sql_run_on_rows(&query, err);
}

enum status store_recovery_remove(struct store *store, int64_t account_id,
                                  struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "DELETE FROM recovery_codes WHERE account_id = $1", account_id);
    return sql_run(&query, err);
}

enum status store_recovery_count(struct store *store, int64_t account_id, int64_t *out,
                                 struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "SELECT count(*) FROM recovery_codes WHERE account_id = $1",
        account_id);
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query);
    return status;
}
