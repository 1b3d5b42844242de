// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

enum status store_link_insert(struct store *store, const struct link_row *row,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "INSERT INTO links (digest, purpose, account_id,"
                              " request_id, created_s, expires_s, used_s)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7)");
    sql_put_blob(&query, digest_bytes(&row->digest));
    sql_put_int(&query, (int64_t)row->purpose);
    value_put_id(&query, row->account_id);
    value_put_id(&query, row->request_id);
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, row->expires_s);
    sql_put_int(&query, row->used_s);
    return sql_run(&query, err);
}

enum status store_link_find(struct store *store, struct digest digest,
                            struct link_row *out, struct error *err)
{
    struct link_row row = { .digest = digest };
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "SELECT purpose, account_id, request_id, created_s, expires_s,"
                    " used_s FROM links WHERE digest = $1");
    sql_put_blob(&query, digest_bytes(&digest));
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no such link");
    if (status)
        return status;
    row.purpose = value_get_choice(&query, LINK_RESET);
    row.account_id = sql_get_int(&query);
    row.request_id = sql_get_int(&query);
    row.created_s = sql_get_int(&query);
    row.expires_s = sql_get_int(&query);
    row.used_s = sql_get_int(&query);
    status = sql_intact(&query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_link_use(struct store *store, struct digest digest, int64_t now_s,
                           struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "UPDATE links SET used_s = $1 WHERE digest = $2"
                              " AND used_s = 0 AND expires_s > $3");
    sql_put_int(&query, now_s);
    sql_put_blob(&query, digest_bytes(&digest));
    sql_put_int(&query, now_s);
    return sql_run_on_rows(&query, err);
}

enum status store_link_remove_account(struct store *store, int64_t account_id,
                                      struct error *err)
{
    const char *text =
        account_id ? "DELETE FROM links WHERE account_id = $1"
                   : "DELETE FROM links WHERE account_id IS NULL AND request_id IS NULL";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    if (account_id)
        sql_put_int(&query, account_id);
    return sql_run(&query, err);
}

enum status store_link_trim(struct store *store, int64_t now_s, size_t limit,
                            size_t *removed, struct error *err)
{
    static const char text[] =
        "DELETE FROM links WHERE digest IN (SELECT digest FROM links"
        " WHERE expires_s <= $1 LIMIT $2)";
    return query_trim(store->sql, text, now_s, limit, removed, err);
}
