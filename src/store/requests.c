// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define COLUMNS \
    "kind, zone_id, host_id, role, asker_id, email, message, created_s, expires_s"
#define SELECT "SELECT id, " COLUMNS " FROM requests "

static enum status get(struct sql_query *query, struct request_row *row,
                       struct error *err)
{
    row->id = sql_get_int(query);
    row->kind = value_get_choice(query, REQUEST_TRANSFER);
    row->zone_id = sql_get_int(query);
    row->host_id = sql_get_int(query);
    row->role = value_get_choice(query, MEMBER_MANAGER);
    row->asker_id = sql_get_int(query);
    value_get_zero_ended(query, row->email, sizeof(row->email));
    value_get_zero_ended(query, row->message, sizeof(row->message));
    row->created_s = sql_get_int(query);
    row->expires_s = sql_get_int(query);
    return sql_intact(query, err);
}

enum status store_request_insert(struct store *store, struct request_row *row,
                                 struct error *err)
{
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "INSERT INTO requests (" COLUMNS ", email_folded)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                              " RETURNING id");
    sql_put_int(&query, (int64_t)row->kind);
    sql_put_int(&query, row->zone_id);
    value_put_id(&query, row->host_id);
    sql_put_int(&query, (int64_t)row->role);
    sql_put_int(&query, row->asker_id);
    value_put_zero_ended(&query, row->email);
    value_put_zero_ended(&query, row->message);
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, row->expires_s);
    sql_put_text(&query, value_fold_email(str_from(row->email), folded));
    enum status status = sql_next(&query, err);
    if (!status)
        row->id = sql_get_int(&query);
    return status;
}

enum status store_request_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM requests WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_request_remove_host(struct store *store, int64_t host_id,
                                      struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM requests WHERE host_id = $1", host_id);
    return sql_run(&query, err);
}

enum status store_request_find(struct store *store, int64_t id, struct request_row *out,
                               struct error *err)
{
    struct request_row row = { .id = 0 };
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no request %lld", (long long)id);
    if (!status)
        status = get(&query, &row, err);
    if (!status)
        *out = row;
    return status;
}

static enum status count(struct store *store, const char *text, int64_t id, int64_t now_s,
                         int64_t *out, struct error *err)
{
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, id);
    sql_put_int(&query, now_s);
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query);
    return status;
}

enum status store_request_count_asker(struct store *store, int64_t asker_id,
                                      int64_t now_s, int64_t *out, struct error *err)
{
    static const char text[] =
        "SELECT count(*) FROM requests WHERE asker_id = $1 AND expires_s > $2";
    return count(store, text, asker_id, now_s, out, err);
}

enum status store_request_count_zone(struct store *store, int64_t zone_id, int64_t now_s,
                                     int64_t *out, struct error *err)
{
    static const char text[] = "SELECT count(*) FROM requests WHERE zone_id = $1"
                               " AND kind < 2 AND expires_s > $2";
    return count(store, text, zone_id, now_s, out, err);
}

enum status store_request_list(struct store *store, struct store_page page,
                               struct store_open open,
                               enum status (*fn)(void *ctx,
                                                 const struct request_row *row),
                               void *ctx, struct error *err)
{
    static const char all[] =
        SELECT "WHERE expires_s > $1 AND id > $2 ORDER BY id LIMIT $3";
    static const char of_account[] =
        SELECT "WHERE id IN (SELECT id FROM requests WHERE asker_id = $1"
               " UNION SELECT id FROM requests WHERE email_folded = $2 AND kind > 0"
               " UNION SELECT id FROM requests WHERE kind < 2 AND zone_id IN"
               " (SELECT id FROM zones WHERE owner_id = $1 UNION"
               " SELECT zone_id FROM zone_members WHERE account_id = $1 AND role = 1))"
               " AND expires_s > $3 AND id > $4 ORDER BY id LIMIT $5";
    /* The query reads it until it is done. */
    /* cppcheck-suppress variableScope */
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, page.owner_id ? of_account : all);
    if (page.owner_id) {
        sql_put_int(&query, page.owner_id);
        sql_put_text(&query, value_fold_email(open.email, folded));
    }
    sql_put_int(&query, open.now_s);
    query_put_page(&query, page);
    enum status status = OK;
    for (struct request_row row; query_next(&query, &status, err);) {
        status = get(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_request_trim(struct store *store, int64_t now_s, size_t limit,
                               size_t *removed, struct error *err)
{
    static const char text[] = "DELETE FROM requests WHERE id IN (SELECT id FROM requests"
                               " WHERE expires_s <= $1 LIMIT $2)";
    return query_trim(store->sql, text, now_s, limit, removed, err);
}
