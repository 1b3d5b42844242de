// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define COLUMNS \
    "account_id, email, old_digest, new_digest, old_confirmed, new_confirmed, created_s," \
    " expires_s"
#define SELECT "SELECT " COLUMNS " FROM address_changes "

static enum status get_one(struct sql_query *query, struct address_change_row *out,
                           struct error *err)
{
    struct address_change_row row = { .account_id = 0 };
    enum status status = sql_next(query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no other address is about to be taken");
    if (status)
        return status;
    row.account_id = sql_get_int(query);
    value_get_zero_ended(query, row.email, sizeof(row.email));
    value_get_exactly(query, row.old_digest.bytes, sizeof(row.old_digest.bytes));
    value_get_exactly(query, row.new_digest.bytes, sizeof(row.new_digest.bytes));
    row.old_confirmed = value_get_bool(query);
    row.new_confirmed = value_get_bool(query);
    row.created_s = sql_get_int(query);
    row.expires_s = sql_get_int(query);
    status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_address_change_put(struct store *store,
                                     const struct address_change_row *row,
                                     struct error *err)
{
    static const char text[] =
        "INSERT INTO address_changes (" COLUMNS
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (account_id) DO UPDATE SET email = excluded.email,"
        " old_digest = excluded.old_digest, new_digest = excluded.new_digest,"
        " old_confirmed = excluded.old_confirmed,"
        " new_confirmed = excluded.new_confirmed, created_s = excluded.created_s,"
        " expires_s = excluded.expires_s";
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, text, row->account_id);
    value_put_zero_ended(&query, row->email);
    sql_put_blob(&query, digest_bytes(&row->old_digest));
    sql_put_blob(&query, digest_bytes(&row->new_digest));
    sql_put_int(&query, row->old_confirmed);
    sql_put_int(&query, row->new_confirmed);
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, row->expires_s);
    return sql_run(&query, err);
}

enum status store_address_change_find(struct store *store, int64_t account_id,
                                      struct address_change_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, SELECT "WHERE account_id = $1", account_id);
    return get_one(&query, out, err);
}

enum status store_address_change_find_digest(struct store *store, struct digest digest,
                                             struct address_change_row *out,
                                             struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, SELECT "WHERE old_digest = $1 OR new_digest = $2");
    sql_put_blob(&query, digest_bytes(&digest));
    sql_put_blob(&query, digest_bytes(&digest));
    return get_one(&query, out, err);
}

enum status store_address_change_remove(struct store *store, int64_t account_id,
                                        struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "DELETE FROM address_changes WHERE account_id = $1", account_id);
    return sql_run(&query, err);
}

enum status store_address_change_trim(struct store *store, int64_t now_s, size_t limit,
                                      size_t *removed, struct error *err)
{
    static const char text[] =
        "DELETE FROM address_changes WHERE account_id IN (SELECT account_id"
        " FROM address_changes WHERE expires_s <= $1 LIMIT $2)";
    return query_trim(store->sql, text, now_s, limit, removed, err);
}
