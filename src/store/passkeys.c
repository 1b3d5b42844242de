// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define SELECT \
    "SELECT id, account_id, credential, public_key, algorithm, counter, aaguid," \
    " transports, can_be_copied, is_copied, name, created_s, used_s FROM passkeys "

static enum status get(struct sql_query *query, struct passkey_row *out,
                       struct error *err)
{
    struct passkey_row row = { .id = sql_get_int(query) };
    row.account_id = sql_get_int(query);
    row.credential_n = value_get_at_most(query, row.credential, sizeof(row.credential));
    row.key_n = value_get_at_most(query, row.key, sizeof(row.key));
    row.algorithm = sql_get_int(query);
    row.counter = value_get_u32(query);
    value_get_exactly(query, row.aaguid, sizeof(row.aaguid));
    row.transports = value_get_u32(query);
    row.can_be_copied = value_get_bool(query);
    row.is_copied = value_get_bool(query);
    value_get_zero_ended(query, row.name, sizeof(row.name));
    row.created_s = sql_get_int(query);
    row.used_s = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_passkey_insert(struct store *store, struct passkey_row *row,
                                 struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "INSERT INTO passkeys (account_id, credential, public_key,"
                    " algorithm, counter, aaguid, transports, can_be_copied, is_copied,"
                    " name, created_s, used_s)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
                    " RETURNING id");
    sql_put_int(&query, row->account_id);
    sql_put_blob(&query, str_bytes(row->credential, row->credential_n));
    sql_put_blob(&query, str_bytes(row->key, row->key_n));
    sql_put_int(&query, row->algorithm);
    sql_put_int(&query, row->counter);
    sql_put_blob(&query, str_bytes(row->aaguid, sizeof(row->aaguid)));
    sql_put_int(&query, row->transports);
    sql_put_int(&query, row->can_be_copied);
    sql_put_int(&query, row->is_copied);
    value_put_zero_ended(&query, row->name);
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, row->used_s);
    enum status status = sql_next(&query, err);
    if (status == ERR_EXISTS)
        return FAIL(err, status, "this passkey is registered already");
    if (!status)
        row->id = sql_get_int(&query);
    return status;
}

static enum status find(struct sql_query *query, struct passkey_row *out,
                        struct error *err)
{
    enum status status = sql_next(query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no such passkey");
    return status ? status : get(query, out, err);
}

enum status store_passkey_find(struct store *store, int64_t id, struct passkey_row *out,
                               struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    return find(&query, out, err);
}

enum status store_passkey_find_credential(struct store *store, struct str credential,
                                          struct passkey_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, SELECT "WHERE credential = $1");
    sql_put_blob(&query, credential);
    return find(&query, out, err);
}

enum status store_passkey_update(struct store *store, const struct passkey_row *row,
                                 struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "UPDATE passkeys SET counter = $1, is_copied = $2,"
                              " name = $3, used_s = $4 WHERE id = $5");
    sql_put_int(&query, row->counter);
    sql_put_int(&query, row->is_copied);
    value_put_zero_ended(&query, row->name);
    sql_put_int(&query, row->used_s);
    sql_put_int(&query, row->id);
    return sql_run_on_rows(&query, err);
}

enum status store_passkey_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM passkeys WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_passkey_remove_account(struct store *store, int64_t account_id,
                                         size_t *removed, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM passkeys WHERE account_id = $1", account_id);
    enum status status = sql_run(&query, err);
    if (!status)
        *removed = (size_t)sql_touched(&query);
    return status;
}

enum status store_passkey_list(struct store *store, int64_t account_id,
                               struct store_page page,
                               enum status (*fn)(void *ctx,
                                                 const struct passkey_row *row),
                               void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, SELECT "WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        account_id);
    query_put_page(&query, page);
    enum status status = OK;
    for (struct passkey_row row; query_next(&query, &status, err);) {
        status = get(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}
