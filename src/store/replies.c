// SPDX-License-Identifier: GPL-3.0-or-later
/* Replies that the same request gets again. */
#include <string.h>

#include "base/mem.h"
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

enum status store_reply_insert(struct store *store, struct reply_row *row,
                               struct str body, struct error *err)
{
    static const char text[] =
        "INSERT INTO replies (account_id, digest, request, created_s, size, body)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, text, row->account_id);
    sql_put_blob(&query, digest_bytes(&row->digest));
    sql_put_blob(&query, digest_bytes(&row->request));
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, (int64_t)body.n);
    sql_put_blob(&query, body);
    enum status status = sql_next(&query, err);
    if (!status)
        row->id = sql_get_int(&query);
    return status;
}

enum status store_reply_remove(struct store *store, struct digest digest,
                               struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "DELETE FROM replies WHERE digest = $1");
    sql_put_blob(&query, digest_bytes(&digest));
    return sql_run(&query, err);
}

enum status store_reply_find(struct store *store, struct digest digest,
                             struct reply_row *out, char **body, size_t *body_n,
                             struct error *err)
{
    static const char text[] = "SELECT id, account_id, request, created_s, body"
                               " FROM replies WHERE digest = $1";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_blob(&query, digest_bytes(&digest));
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    struct reply_row row = { .id = sql_get_int(&query), .digest = digest };
    row.account_id = sql_get_int(&query);
    value_get_exactly(&query, row.request.bytes, sizeof(row.request.bytes));
    row.created_s = sql_get_int(&query);
    struct str bytes = sql_get_bytes(&query);
    status = sql_intact(&query, err);
    if (status)
        return status;
    *out = row;
    *body = (char *)mem_new(bytes.n + 1);
    memcpy(*body, bytes.at, bytes.n);
    *body_n = bytes.n;
    return OK;
}

/* The id up to which the account's go; 0: none. Reads the index alone. */
static enum status find_last(struct store *store, int64_t account_id, size_t count_max,
                             size_t bytes_max, int64_t *last, struct error *err)
{
    static const char text[] =
        "SELECT id, size FROM replies WHERE account_id = $1 ORDER BY id DESC";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, account_id);
    size_t count = 0;
    int64_t bytes = 0;
    enum status status = OK;
    *last = 0;
    while (*last == 0 && query_next(&query, &status, err)) {
        int64_t id = sql_get_int(&query);
        bytes += sql_get_int(&query);
        count++;
        if (count > 1 && (count > count_max || bytes > (int64_t)bytes_max))
            *last = id;
    }
    return status;
}

enum status store_reply_bound(struct store *store, int64_t account_id, size_t count_max,
                              size_t bytes_max, struct error *err)
{
    int64_t last = 0;
    enum status status = find_last(store, account_id, count_max, bytes_max, &last, err);
    if (status || last == 0)
        return status;
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "DELETE FROM replies WHERE account_id = $1 AND id <= $2", account_id);
    sql_put_int(&query, last);
    return sql_run(&query, err);
}

enum status store_reply_trim(struct store *store, int64_t before_s, size_t limit,
                             size_t *removed, struct error *err)
{
    static const char text[] = "DELETE FROM replies WHERE id IN (SELECT id FROM replies"
                               " WHERE created_s < $1 LIMIT $2)";
    return query_trim(store->sql, text, before_s, limit, removed, err);
}
