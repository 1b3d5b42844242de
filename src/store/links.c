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
                              " request_id, created_s, expires_s, used_s, email,"
                              " email_folded, language)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    char folded[EMAIL_SIZE];
    sql_put_blob(&query, digest_bytes(&row->digest));
    sql_put_int(&query, (int64_t)row->purpose);
    value_put_id(&query, row->account_id);
    value_put_id(&query, row->request_id);
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, row->expires_s);
    sql_put_int(&query, row->used_s);
    value_put_zero_ended(&query, row->email);
    sql_put_text(&query, value_fold_email(str_from(row->email), folded));
    value_put_zero_ended(&query, row->language);
    return sql_run(&query, err);
}

enum status store_link_find(struct store *store, struct digest digest,
                            struct link_row *out, struct error *err)
{
    struct link_row row = { .digest = digest };
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "SELECT purpose, account_id, request_id, created_s, expires_s,"
                    " used_s, email, language FROM links WHERE digest = $1");
    sql_put_blob(&query, digest_bytes(&digest));
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no such link");
    if (status)
        return status;
    row.purpose = value_get_choice(&query, LINK_SIGN_UP);
    row.account_id = sql_get_int(&query);
    row.request_id = sql_get_int(&query);
    row.created_s = sql_get_int(&query);
    row.expires_s = sql_get_int(&query);
    row.used_s = sql_get_int(&query);
    value_get_zero_ended(&query, row.email, sizeof(row.email));
    value_get_zero_ended(&query, row.language, sizeof(row.language));
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
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM links WHERE account_id = $1", account_id);
    return sql_run(&query, err);
}

enum status store_link_remove_like(struct store *store, const struct link_row *row,
                                   struct error *err)
{
    const char *text = row->account_id
                           ? "DELETE FROM links WHERE purpose = $1 AND account_id = $2"
                           : "DELETE FROM links WHERE purpose = $1 AND account_id IS NULL"
                             " AND request_id IS NULL AND email_folded = $2";
    /* The query reads it until it is done. */
    /* cppcheck-suppress variableScope */
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_int(&query, (int64_t)row->purpose);
    if (row->account_id)
        sql_put_int(&query, row->account_id);
    else
        sql_put_text(&query, value_fold_email(str_from(row->email), folded));
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
